import "@mantine/charts/styles.css";

import { Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

import { useTitle } from "../shared/useTitle";
import { Backlog } from "./Backlog";
import { Deliveries } from "./Deliveries";
import classes from "./Figures.module.css";
import { Filters } from "./Filters";
import { Lights } from "./Lights";
import { Pests } from "./Pests";
import { Precision } from "./Precision";
import { Times } from "./Times";
import { useAsked } from "./useAsked";

export function FiguresPage() {
  const { t } = useTranslation();
  const asked = useAsked();
  useTitle(t("figures.title"));
  return (
    <div className={classes.page}>
      <Title order={1} size="h2">
        {t("figures.title")}
      </Title>
      <Filters {...asked} />
      <Precision {...asked} />
      <Backlog {...asked} />
      <Times {...asked} />
      <Lights {...asked} />
      <Deliveries {...asked} />
      <Pests {...asked} />
    </div>
  );
}
