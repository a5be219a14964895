import { createTheme, type MantineColorsTuple } from "@mantine/core";

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
});
