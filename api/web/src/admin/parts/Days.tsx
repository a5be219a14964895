import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useAddress } from "../../shared/useAddress";

/** The first and the last day of what is listed, kept in the address. */
export function Days() {
  const { t } = useTranslation();
  const { params, change } = useAddress();
  return (["from", "to"] as const).map((name) => (
    <TextInput
      key={name}
      type="date"
      label={t(`admin_audit.${name}`)}
      value={params.get(name) ?? ""}
      onChange={(event) => change({ [name]: event.currentTarget.value })}
    />
  ));
}
