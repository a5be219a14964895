import { Button, Center, Group, Stack, Text } from "@mantine/core";
import { IconPhotoOff } from "@tabler/icons-react";
import type { ReactNode, Ref } from "react";
import { useTranslation } from "react-i18next";

import classes from "./Evidence.module.css";

/** What the page's keys do in a stage. */
export interface StageKeys {
  /** Play the clip, or pause it; in a comparison, change from one side to the other. */
  play: () => void;
  /** One frame of the clip, or one day, on or back. */
  step: (by: 1 | -1) => void;
}

interface StageProps {
  canvas: Ref<HTMLDivElement>;
  tools: ReactNode;
  controls: ReactNode;
  children: ReactNode;
}

/** A picture or video with its tools over it and its controls below. */
export function Stage({ canvas, tools, controls, children }: StageProps) {
  return (
    <div className={classes.stage}>
      <div className={classes.canvas} ref={canvas}>
        {children}
        <Group className={classes.tools} gap={6}>
          {tools}
        </Group>
      </div>
      <div className={classes.controls}>{controls}</div>
    </div>
  );
}

/** Stands where a picture or video could not be loaded. */
export function Lost({ text, retry }: { text: string; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Center className={classes.message} role="alert">
      <Stack align="center" gap="xs">
        <IconPhotoOff size={36} stroke={1.5} color="var(--mantine-color-gray-5)" aria-hidden />
        <Text c="gray.4">{text}</Text>
        <Button size="xs" variant="default" onClick={retry}>
          {t("error.retry")}
        </Button>
      </Stack>
    </Center>
  );
}
