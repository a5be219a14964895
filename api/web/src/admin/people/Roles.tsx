import { Paper, Table, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { Failed } from "../../shared/States";
import classes from "../Admin.module.css";
import { Waiting } from "../parts/Listing";
import { Section } from "../parts/Section";
import { rolesQuery } from "../queries";

type Named = "users_manage"; // stands for any action that the catalogue names

export function Roles() {
  const { t } = useTranslation();
  return (
    <Section title={t("admin_section.roles")} hint={t("admin_roles.hint")}>
      <PermissionTable />
    </Section>
  );
}

function PermissionTable() {
  const { t, i18n } = useTranslation();
  const { data, error, refetch } = useQuery(rolesQuery);
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <Paper withBorder className={classes.scroll}>
      <Table verticalSpacing={6} highlightOnHover aria-label={t("admin_section.roles")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t("admin_roles.action")}</Table.Th>
            {data.roles.map(({ role }) => (
              <Table.Th key={role} scope="col" ta="center" className={classes.nowrap}>
                {t(`role.${role}`)}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.actions.map((action) => {
            const word = action.replace(":", "_") as Named;
            return (
              <Table.Tr key={action}>
                <Table.Th scope="row" fw={400}>
                  {i18n.exists(`admin_action.${word}`) ? t(`admin_action.${word}`) : action}
                  <Text span size="xs" c="dimmed" ml={8} className={classes.code}>
                    {action}
                  </Text>
                  {data.person_only.includes(action) && (
                    <Text size="xs" c="dimmed">
                      {t("admin_roles.person_only")}
                    </Text>
                  )}
                </Table.Th>
                {data.roles.map(({ role, permissions }) => (
                  <Table.Td key={role} ta="center">
                    {permissions.includes(action) ? (
                      <IconCheck size={18} role="img" aria-label={t("admin.yes")} />
                    ) : (
                      <Text span c="dimmed" role="img" aria-label={t("admin.no")}>
                        –
                      </Text>
                    )}
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Paper>
  );
}
