import { ActionIcon, Button, Fieldset, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { everyCameraQuery } from "../queries";

export interface Channel {
  channel: string;
  camera_id: string | null;
}

/** Which camera each channel of a device is. */
export function ChannelFields(props: {
  channels: Channel[];
  onChange: (channels: Channel[]) => void;
}) {
  const { t } = useTranslation();
  const cameras = useQuery(everyCameraQuery);
  const choices = (cameras.data ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const set = (at: number, part: Partial<Channel>) =>
    props.onChange(props.channels.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <Fieldset legend={t("admin_devices.cameras")}>
      <Stack gap="xs">
        <Text size="xs" c="dimmed">
          {t("admin_devices.channel_hint")}
        </Text>
        {props.channels.map((one, at) => (
          <Group key={at} gap="xs" wrap="nowrap">
            <TextInput
              flex={1}
              aria-label={t("admin_devices.channel", { number: at + 1 })}
              placeholder={t("admin_devices.itself")}
              value={one.channel}
              onChange={(event) => set(at, { channel: event.currentTarget.value })}
              pattern="[\x21-\x7e]*"
              maxLength={64}
              autoComplete="off"
            />
            <Select
              flex={1}
              aria-label={t("admin_devices.camera", { number: at + 1 })}
              placeholder={t("admin_devices.choose_camera")}
              data={choices}
              value={one.camera_id}
              onChange={(value) => set(at, { camera_id: value })}
              nothingFoundMessage={t("admin_devices.no_camera")}
              searchable
              required
            />
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={t("admin_devices.remove_channel", { number: at + 1 })}
              disabled={props.channels.length === 1}
              onClick={() => props.onChange(props.channels.filter((_, index) => index !== at))}
            >
              <IconTrash size={16} />
            </ActionIcon>
          </Group>
        ))}
        <Button
          variant="subtle"
          size="compact-sm"
          w="max-content"
          leftSection={<IconPlus size={14} />}
          onClick={() => props.onChange([...props.channels, { channel: "", camera_id: null }])}
        >
          {t("admin_devices.add_channel")}
        </Button>
      </Stack>
    </Fieldset>
  );
}
