import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from "@mantine/core";

const signal: MantineColorsTuple = [
  "#eaf4fd",
  "#d5e6f5",
  "#a7cbec",
  "#76aee3",
  "#4e96db",
  "#3587d7",
  "#2680d6",
  "#186ebe",
  "#0b62ab",
  "#005497",
];

export const theme = createTheme({
  primaryColor: "signal",
  primaryShade: { light: 8, dark: 7 },
  colors: { signal },
  fontFamily:
    'system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace',
  defaultRadius: "md",
  cursorType: "pointer",
  autoContrast: true,
  components: { Modal: { styles: { title: { fontWeight: 600 } } } },
});

/** Words in these colours on light ground: Mantine's own have less contrast than WCAG 2.2 AA asks. */
const LIGHT_TEXT = {
  green: "#237032",
  orange: "#b0390a",
  red: "#c92a2a",
  teal: "#087055",
  yellow: "#8a5200",
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#5c636a",
    ...Object.fromEntries(
      Object.entries(LIGHT_TEXT).flatMap(([name, color]) => [
        [`--mantine-color-${name}-text`, color],
        [`--mantine-color-${name}-light-color`, color],
      ]),
    ),
  },
  dark: { "--mantine-color-dimmed": "#a0a0a0" },
});
