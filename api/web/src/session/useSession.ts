import { useMutation, useQuery } from "@tanstack/react-query";

import { client, queryClient, SESSION_KEY, take } from "../api/client";
import { sessionQuery } from "../api/queries";
import type { Session } from "../api/types";

/** What the page asks about; the service checks every one of them again. */
export type Permission = Session["permissions"][number];

export function useSession() {
  return useQuery(sessionQuery);
}

export function usePermission(permission: Permission): boolean {
  return useSession().data?.permissions.includes(permission) ?? false;
}

/** Another person's data must never show: everything cached goes with the session. */
function replaceSession(session: Session | null) {
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
  queryClient.setQueryData(SESSION_KEY, session);
}

export function useSignIn() {
  return useMutation({
    mutationFn: (body: { username: string; password: string }) =>
      take(client.POST("/v1/session", { body })),
    onSuccess: replaceSession,
  });
}

export function useSignOut() {
  return useMutation({
    mutationFn: () => take(client.DELETE("/v1/session")),
    onSuccess: () => replaceSession(null),
  });
}
