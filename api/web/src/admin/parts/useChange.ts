import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";

interface Options<I, O> {
  run: (input: I) => Promise<O>;
  /** What is told when it is done. */
  done: string;
  /** Names of the lists that it changes. */
  touches: string[];
  onDone?: (output: O) => void;
}

/** A change by an administrator; why it was refused is in `error`, for the dialog that asked. */
export function useChange<I, O>({ run, done, touches, onDone }: Options<I, O>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async (output) => {
      notifications.show({ color: "green", message: done });
      onDone?.(output);
      await Promise.all(
        touches.map((name) => queryClient.invalidateQueries({ queryKey: ["admin", name] })),
      );
    },
  });
}
