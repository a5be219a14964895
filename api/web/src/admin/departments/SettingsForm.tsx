import { JsonInput, Select, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Connector } from "../types";
import { useLabel } from "./useLabel";

type Values = Record<string, unknown>;

/** What of JSON Schema the settings of connectors are made of. */
interface Schema {
  $ref?: string;
  type?: string;
  enum?: string[];
  anyOf?: Schema[];
  default?: unknown;
  description?: string;
  examples?: unknown[];
  minLength?: number;
  maxLength?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  $defs?: Record<string, Schema>;
}

function resolved(schema: Schema, root: Schema): Schema {
  const name = schema.$ref?.split("/").at(-1);
  const meant = name ? root.$defs?.[name] : schema.anyOf?.find((one) => one.type !== "null");
  return meant ? { ...meant, ...schema, description: schema.description } : schema;
}

/** The settings of a connector's kind, as its manifest names them and its schema types them. */
export function SettingsForm(props: {
  connector: Connector;
  values: Values;
  onChange: (values: Values) => void;
}) {
  const label = useLabel();
  const root = props.connector.settings_schema as Schema;
  return Object.entries(props.connector.settings).map(([name, words]) => (
    <Field
      key={name}
      label={label(words)}
      schema={resolved(root.properties?.[name] ?? {}, root)}
      required={root.required?.includes(name) ?? false}
      value={props.values[name]}
      onChange={(value) => {
        const { [name]: _, ...rest } = props.values;
        props.onChange(value === undefined ? rest : { ...rest, [name]: value });
      }}
    />
  ));
}

function Field(props: {
  label: string;
  schema: Schema;
  required: boolean;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const { label, schema, required, value, onChange } = props;
  if (schema.enum) {
    return (
      <Select
        label={label}
        data={schema.enum}
        value={String(value ?? schema.default ?? "") || null}
        onChange={(chosen) => onChange(chosen ?? undefined)}
        required={required}
        allowDeselect={false}
      />
    );
  }
  if (schema.type === "boolean") {
    return (
      <Switch
        label={label}
        checked={Boolean(value ?? schema.default)}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (schema.type === "object") {
    return <ObjectField label={label} schema={schema} value={value} onChange={onChange} />;
  }
  return (
    <TextInput
      label={label}
      value={String(value ?? "")}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
      required={required}
      maxLength={schema.maxLength}
    />
  );
}

/** What has parts of its own is written as JSON; only what can be read as such is taken over. */
function ObjectField(props: {
  label: string;
  schema: Schema;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(props.value ? JSON.stringify(props.value, null, 2) : "");
  const example = props.schema.examples?.[0];
  return (
    <JsonInput
      label={props.label}
      description={props.schema.description}
      placeholder={example ? JSON.stringify(example) : "{}"}
      value={text}
      onChange={(written) => {
        setText(written);
        try {
          props.onChange(written.trim() ? JSON.parse(written) : undefined);
        } catch {
          // Not yet JSON: what was read last stays, and the field says so when it is left.
        }
      }}
      validationError={t("admin_destinations.no_json")}
      formatOnBlur
      autosize
      minRows={2}
      maxRows={10}
      styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
    />
  );
}
