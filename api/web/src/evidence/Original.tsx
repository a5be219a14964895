import { Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconEyeOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import type { FindingDetail } from "../api/types";
import { usePermission } from "../session/useSession";
import classes from "./Evidence.module.css";
import { PurposeDialog } from "./PurposeDialog";
import { readOriginal } from "./queries";

interface Props {
  evidence: FindingDetail["evidence"][number];
}

/** Says that a picture or video hides something, and shows what it does to those who may see it. */
export function Original({ evidence }: Props) {
  const { t } = useTranslation();
  const allowed = usePermission("originals:read");
  const [opened, { open, close }] = useDisclosure();
  const kind = evidence.clip ? "clip" : "picture";
  return (
    <section aria-label={t("evidence.redacted")}>
      <Group gap={6} wrap="nowrap" align="flex-start">
        <IconEyeOff size={18} aria-hidden className={classes.icon} />
        <Text size="sm">
          {t(`evidence.redacted_${kind}`)} {!allowed && t("evidence.redacted_who")}
        </Text>
      </Group>
      {allowed && (
        <Button size="xs" variant="default" mt={8} onClick={open}>
          {t("evidence.original")}
        </Button>
      )}
      <PurposeDialog
        opened={opened}
        onClose={close}
        size="xl"
        title={t("evidence.original_title")}
        warning={t("evidence.original_warning")}
        ask={(purpose) => readOriginal(evidence.id, purpose)}
        show={(original) => <Filmed original={original} />}
      />
    </section>
  );
}

function Filmed({ original }: { original: Blob }) {
  const { t } = useTranslation();
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(original);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [original]);
  const label = t("evidence.original_alt");
  return original.type.startsWith("video/") ? (
    <video
      className={classes.original}
      src={url}
      aria-label={label}
      controls
      controlsList="nodownload"
      disablePictureInPicture
      autoPlay
      muted
      loop
    />
  ) : (
    <img className={classes.original} src={url} alt={label} />
  );
}
