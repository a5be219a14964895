import { Alert, Button, Center, Loader, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconLock, IconMapQuestion } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { ApiError } from "../api/errors";

/** The words for an error, in the language of the page where the service has none of its own. */
export function useProblemText() {
  const { t } = useTranslation();
  return (error: unknown): string => {
    if (!(error instanceof ApiError)) return String(error);
    if (error.status === 0) return t("error.unreachable");
    if (error.status === 403) return t("error.forbidden");
    return error.message;
  };
}

export function Loading() {
  const { t } = useTranslation();
  return (
    <Center h="100%" mih={200} role="status" aria-label={t("error.loading")}>
      <Loader />
    </Center>
  );
}

export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  if (error instanceof ApiError && error.status === 404) return <NotFound />;
  return (
    <Center h="100%" p="lg">
      <Alert color="red" icon={<IconAlertTriangle />} title={t("error.title")} maw={520}>
        <Stack align="flex-start" gap="sm">
          {problemText(error)}
          <Button size="xs" variant="light" color="red" onClick={retry}>
            {t("error.retry")}
          </Button>
        </Stack>
      </Alert>
    </Center>
  );
}

export function Empty(props: { icon: ReactNode; title: string; text: string; action?: ReactNode }) {
  return (
    <Center h="100%" p="lg">
      <Stack align="center" gap="xs" maw={420}>
        {props.icon}
        <Title order={2} size="h3" ta="center">
          {props.title}
        </Title>
        <Text c="dimmed" ta="center">
          {props.text}
        </Text>
        {props.action}
      </Stack>
    </Center>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty
      icon={<IconMapQuestion size={40} stroke={1.5} />}
      title={t("error.not_found_title")}
      text={t("error.not_found")}
      action={
        <Button component={Link} to="/review" variant="light">
          {t("error.home")}
        </Button>
      }
    />
  );
}

export function NotAllowed() {
  const { t } = useTranslation();
  return (
    <Empty
      icon={<IconLock size={40} stroke={1.5} />}
      title={t("error.not_allowed_title")}
      text={t("error.not_allowed")}
    />
  );
}

export function CrashScreen() {
  const { t } = useTranslation();
  return (
    <Center h="100vh" p="lg">
      <Alert color="red" icon={<IconAlertTriangle />} title={t("error.title")} maw={520}>
        <Stack align="flex-start" gap="sm">
          {t("error.crash")}
          <Button size="xs" color="red" onClick={() => window.location.reload()}>
            {t("error.reload")}
          </Button>
        </Stack>
      </Alert>
    </Center>
  );
}
