import { Alert, Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconId } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import type { Finding } from "../api/types";
import type { ShownPicture } from "../findings/pictures";
import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import { usePermission } from "../session/useSession";
import { Crop } from "./Crop";
import classes from "./Evidence.module.css";
import { PurposeDialog } from "./PurposeDialog";
import { readPlate } from "./queries";
import { Section } from "./Section";
import type { DetailsOf, Plate } from "./types";

interface Props {
  finding: Finding;
  details: DetailsOf<"checkpoint_vehicle">;
  picture: ShownPicture | undefined;
}

/** The vehicle close by, which rule it broke, and its plate for those who have a purpose. */
export function ViolationPanel({ finding, details, picture }: Props) {
  const { t, i18n } = useTranslation();
  const { time, number } = useFormat();
  const className = useClassName();
  const { rule, register_entry: register, passages } = details;
  const cleared = passages.find(({ cleared_at }) => cleared_at)?.cleared_at;
  return (
    <Stack gap="sm">
      <Section
        title={t("evidence.rule")}
        rows={[
          [
            t("evidence.rule_name"),
            <>
              {i18n.language === "zh-CN" ? rule.label_zh : rule.label_en}
              <Text component="span" display="block" size="xs" c="dimmed">
                {t("evidence.rule_version", { code: rule.code, version: rule.version })}
              </Text>
            </>,
          ],
          [t("evidence.vehicle"), details.vehicle && className(details.vehicle)],
          [
            t("evidence.plate_color"),
            details.plate_color && t(`plate_color.${details.plate_color as "blue"}`),
          ],
          [t("evidence.checkpoint"), details.site],
          [
            t("evidence.register"),
            register &&
              t("evidence.register_value", {
                name: register.name ?? t("evidence.register_deleted"),
                version: register.version,
              }),
          ],
          [t("evidence.department"), details.department],
          [
            t("evidence.passages"),
            passages.map(({ first_at, frames }) => (
              <div key={first_at}>
                {t("evidence.passage", { time: time(first_at), frames: number(frames) })}
              </div>
            )),
          ],
        ]}
      >
        {picture && picture.boxes.length > 0 && <Crop picture={picture} />}
      </Section>
      {details.similar && (
        <Alert color="orange" icon={<IconAlertTriangle />} title={t("evidence.similar_title")}>
          {t("evidence.similar")}
        </Alert>
      )}
      {cleared && (
        <Alert color="orange" icon={<IconAlertTriangle />} title={t("evidence.cleared_title")}>
          {t("evidence.cleared", { time: time(cleared) })}
        </Alert>
      )}
      {details.has_plate ? (
        <PlateOf findingId={finding.id} />
      ) : (
        <Text size="sm" c="dimmed">
          {t("evidence.no_plate")}
        </Text>
      )}
    </Stack>
  );
}

function PlateOf({ findingId }: { findingId: string }) {
  const { t } = useTranslation();
  const allowed = usePermission("plates:read");
  const [opened, { open, close }] = useDisclosure();
  if (!allowed) {
    return (
      <Text size="sm" c="dimmed">
        {t("evidence.plate_who")}
      </Text>
    );
  }
  return (
    <div>
      <Button size="xs" variant="default" leftSection={<IconId size={16} />} onClick={open}>
        {t("evidence.plate")}
      </Button>
      <PurposeDialog
        opened={opened}
        onClose={close}
        title={t("evidence.plate_title")}
        warning={t("evidence.plate_warning")}
        ask={(purpose) => readPlate(findingId, purpose)}
        show={(plate) => <PlateText plate={plate} />}
      />
    </div>
  );
}

function PlateText({ plate }: { plate: Plate }) {
  const { t } = useTranslation();
  const { percent } = useFormat();
  return (
    <Stack gap="xs">
      <Title order={3} className={classes.plate}>
        {plate.text}
      </Title>
      <Group gap="xs" justify="center">
        {plate.color && (
          <Badge variant="default" tt="none">
            {t(`plate_color.${plate.color as "blue"}`)}
          </Badge>
        )}
        <Text size="sm">{t("evidence.plate_score", { score: percent(plate.score) })}</Text>
      </Group>
      {plate.by_device.length > 0 && (
        <Text size="sm" ta="center">
          {t("evidence.plate_by_device", { plates: plate.by_device.join(", ") })}
        </Text>
      )}
      {plate.similar && <Alert color="orange">{t("evidence.similar")}</Alert>}
      {plate.note && (
        <Text size="sm">
          {t("evidence.plate_note")} {plate.note}
        </Text>
      )}
    </Stack>
  );
}
