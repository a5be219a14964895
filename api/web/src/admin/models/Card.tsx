import { Typography } from "@mantine/core";
import { createElement, Fragment, type ReactNode } from "react";

import classes from "../Admin.module.css";
import type { CardNode } from "../types";

const ELEMENTS = new Set(
  "h2 h3 h4 h5 p ul ol li table thead tbody tr th td strong em code blockquote hr".split(" "),
);
/** Cards begin with a heading of the first order, which the page has already. */
const INSTEAD: Record<string, string> = { h1: "h2", h2: "h3", h3: "h4", h4: "h5", h5: "h5" };
const ELSEWHERE = /^https?:\/\//;

function shown(node: CardNode): ReactNode {
  const inside = node.children?.map((child, index) => (
    <Fragment key={index}>{shown(child)}</Fragment>
  ));
  if (node.tag === null) return node.text;
  if (node.tag === "a") {
    return node.href && ELSEWHERE.test(node.href) ? (
      <a href={node.href} target="_blank" rel="noopener noreferrer">
        {inside}
      </a>
    ) : (
      inside
    );
  }
  const tag = INSTEAD[node.tag] ?? node.tag;
  if (!ELEMENTS.has(tag)) return inside;
  if (tag === "hr") return <hr />;
  if (tag === "code")
    return node.text?.includes("\n") ? <pre>{node.text}</pre> : <code>{node.text}</code>;
  return createElement(tag, null, inside);
}

/** A model's card: only elements that are known here, and text; nothing in it can be a script. */
export function Card({ nodes }: { nodes: CardNode[] }) {
  return (
    <Typography className={classes.card}>
      {nodes.map((node, index) => (
        <Fragment key={index}>{shown(node)}</Fragment>
      ))}
    </Typography>
  );
}
