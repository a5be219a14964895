import {
  Alert,
  Button,
  Center,
  Group,
  Paper,
  PasswordInput,
  Stack,
  TextInput,
  Title,
} from "@mantine/core";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../api/errors";
import { Brand } from "../layout/Brand";
import { LanguageSwitch, ThemeSwitch } from "../layout/Preferences";
import { useProblemText } from "../shared/States";
import { useTitle } from "../shared/useTitle";
import { useProviders, useRefusal } from "./providers";
import { useSignIn } from "./useSession";

export function SignIn() {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const signIn = useSignIn();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const providers = useProviders().data?.items ?? [];
  const refused = useRefusal();
  useTitle(t("session.title"));

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate({ username, password });
  }

  const wrong = signIn.error instanceof ApiError && signIn.error.status === 401;
  return (
    <Center component="main" mih="100vh" p="md">
      <Stack w={380} gap="lg">
        <Group justify="space-between">
          <Brand />
          <Group gap="xs">
            <LanguageSwitch />
            <ThemeSwitch />
          </Group>
        </Group>
        <Paper component="form" onSubmit={submit} withBorder shadow="sm" p="xl">
          <Stack>
            <Title order={1} size="h2">
              {t("session.title")}
            </Title>
            {refused && !signIn.error && (
              <Alert color="red" title={t("session.failed")} role="alert">
                {refused}
              </Alert>
            )}
            {signIn.error && (
              <Alert color="red" title={t("session.failed")} role="alert">
                {wrong ? t("session.wrong") : problemText(signIn.error)}
              </Alert>
            )}
            <TextInput
              label={t("session.username")}
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
              autoComplete="username"
              autoCapitalize="none"
              autoFocus
              required
              withAsterisk={false}
              size="md"
            />
            <PasswordInput
              label={t("session.password")}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              autoComplete="current-password"
              required
              withAsterisk={false}
              size="md"
            />
            <Button type="submit" size="md" loading={signIn.isPending} fullWidth mt="xs">
              {t("session.sign_in")}
            </Button>
            {providers.map(({ name, url }) => (
              <Button key={url} component="a" href={url} variant="default" size="md" fullWidth>
                {t("session.through", { name })}
              </Button>
            ))}
          </Stack>
        </Paper>
      </Stack>
    </Center>
  );
}
