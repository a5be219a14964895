import { Button, FileButton, Group, Text, Textarea } from "@mantine/core";
import { IconDownload, IconUpload } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import classes from "../Admin.module.css";

const ROWS = { least: 10, most: 22 };

/** A text that is uploaded or written, before anything is done with it. */
export function TextFile(props: {
  label: string;
  accept: string;
  value: string;
  onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text size="sm" fw={500} id="admin-text-file">
          {props.label}
        </Text>
        <FileButton
          accept={props.accept}
          onChange={(file) => void file?.text().then(props.onChange)}
        >
          {(button) => (
            <Button
              {...button}
              size="compact-sm"
              variant="default"
              leftSection={<IconUpload size={14} />}
            >
              {t("admin_documents.upload")}
            </Button>
          )}
        </FileButton>
      </Group>
      <Textarea
        aria-labelledby="admin-text-file"
        value={props.value}
        onChange={(event) => props.onChange(event.currentTarget.value)}
        autosize
        minRows={ROWS.least}
        maxRows={ROWS.most}
        spellCheck={false}
        classNames={{ input: classes.editor }}
      />
    </div>
  );
}

/** Saves a text as a file of this name. */
export function SaveText({ text, name }: { text: string; name: string }) {
  const { t } = useTranslation();
  function save() {
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    URL.revokeObjectURL(url);
  }
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconDownload size={14} />}
      onClick={save}
    >
      {t("admin_documents.download")}
    </Button>
  );
}
