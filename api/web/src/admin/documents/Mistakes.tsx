import { Alert, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";

import { ApiError } from "../../api/errors";
import classes from "../Admin.module.css";
import { Problem } from "../../shared/dialogs";

/** Every mistake of a document with the line and place that it is in. */
export function Mistakes({ error }: { error: Error | null }) {
  const { t } = useTranslation();
  if (!(error instanceof ApiError) || error.mistakes.length === 0) return <Problem error={error} />;
  return (
    <Alert
      color="red"
      role="alert"
      icon={<IconAlertTriangle />}
      title={t("admin_documents.mistakes", { count: error.mistakes.length })}
    >
      <List size="sm">
        {error.mistakes.map(({ location, message }, index) => (
          <List.Item key={index}>
            <Text span className={classes.code} fw={600}>
              {location}
            </Text>{" "}
            {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
