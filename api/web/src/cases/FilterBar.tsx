import { Button, Chip, Group, MultiSelect, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconFilterOff, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import type { CaseState } from "../api/types";
import { useClassName } from "../findings/useClassName";
import { useFormat } from "../i18n/format";
import { isNarrowed, NOT_NARROWED, useCaseFilters } from "./filters";
import { LightMark, LIGHTS } from "./lights";
import { choicesQuery, countsQuery } from "./queries";
import { CASE_STATES } from "./steps";

const TYPING_MS = 300;

export function FilterBar() {
  const { t } = useTranslation();
  const className = useClassName();
  const [filters, change] = useCaseFilters();
  const { data: choices } = useQuery(choicesQuery);
  return (
    <Group gap="xs" role="search" aria-label={t("cases.filters")}>
      <LightChips />
      <Select
        size="xs"
        w={140}
        clearable
        searchable
        aria-label={t("cases.department")}
        placeholder={t("cases.department")}
        data={choices?.departments.map(({ id, name }) => ({ value: id, label: name }))}
        value={filters.destination ?? null}
        onChange={(value) => change({ destination: value ?? undefined })}
      />
      <Select
        size="xs"
        w={120}
        clearable
        searchable
        aria-label={t("cases.what")}
        placeholder={t("cases.what")}
        data={choices?.classes.map((one) => ({ value: one.class, label: className(one.class) }))}
        value={filters.className ?? null}
        onChange={(value) => change({ className: value ?? undefined })}
      />
      {choices && choices.grids.length > 0 && (
        <Select
          size="xs"
          w={150}
          clearable
          searchable
          aria-label={t("cases.grid")}
          placeholder={t("cases.grid")}
          data={choices.grids.map(({ code, name }) => ({ value: code, label: name }))}
          value={filters.grid ?? null}
          onChange={(value) => change({ grid: value ?? undefined })}
        />
      )}
      <MultiSelect
        size="xs"
        w={filters.states.length > 1 ? 260 : 140}
        clearable
        aria-label={t("cases.state")}
        placeholder={filters.states.length ? undefined : t("cases.state")}
        data={CASE_STATES.map((value) => ({ value, label: t(`case_state.${value}`) }))}
        value={filters.states}
        onChange={(values) => change({ states: values as CaseState[] })}
      />
      <NumberSearch />
      {isNarrowed(filters) && (
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconFilterOff size={14} />}
          onClick={() => change(NOT_NARROWED)}
        >
          {t("cases.filters_off")}
        </Button>
      )}
    </Group>
  );
}

/** How many cases have each light; those of other lights count too, so that one can change over. */
function LightChips() {
  const { t } = useTranslation();
  const { number } = useFormat();
  const [filters, change] = useCaseFilters();
  const { data } = useQuery(countsQuery({ ...filters, lights: [] }));
  return (
    <Chip.Group
      multiple
      value={filters.lights}
      onChange={(values) => change({ lights: LIGHTS.filter((light) => values.includes(light)) })}
    >
      <Group gap={4} role="group" aria-label={t("cases.light")}>
        {LIGHTS.map((light) => {
          const count = data?.items
            .filter((one) => one.light === light)
            .reduce((sum, { cases }) => sum + cases, 0);
          return (
            <Chip key={light} value={light} size="xs" variant="outline" icon={null}>
              <Group component="span" gap={5} wrap="nowrap" display="inline-flex">
                <LightMark light={light} size={12} />
                {t(`map_light.${light}`)} {count === undefined ? "" : number(count)}
              </Group>
            </Chip>
          );
        })}
      </Group>
    </Chip.Group>
  );
}

function NumberSearch() {
  const { t } = useTranslation();
  const [{ number }, change] = useCaseFilters();
  const [typed, setTyped] = useState(number ?? "");
  const search = useDebouncedCallback(
    (text: string) => change({ number: text.trim() || undefined }),
    TYPING_MS,
  );
  useEffect(() => {
    if (number === undefined) setTyped("");
  }, [number]);
  return (
    <TextInput
      size="xs"
      w={150}
      type="search"
      aria-label={t("cases.search")}
      placeholder={t("cases.search")}
      leftSection={<IconSearch size={14} aria-hidden />}
      maxLength={60}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        search(currentTarget.value);
      }}
    />
  );
}
