import type { ComponentType } from "react";
import type { System } from "swagger-ui-dist/swagger-ui-es-bundle.js";

interface Source {
  source?: string;
}

/**
 * Renders descriptions as text: paragraphs and names in backticks. Swagger UI would turn them into HTML, which this page's
 * content security policy forbids.
 */
export function plainText({ React }: System): { components: { Markdown: ComponentType<Source> } } {
  function Markdown({ source = "" }: Source) {
    const paragraphs = source
      .split("\n\n")
      .map((paragraph) =>
        React.createElement(
          "p",
          null,
          ...paragraph.split("`").map((part, index) => (index % 2 ? React.createElement("code", null, part) : part)),
        ),
      );
    return React.createElement("div", { className: "markdown" }, ...paragraphs);
  }
  return { components: { Markdown } };
}
