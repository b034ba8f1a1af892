import type { ComponentType } from "react";
import type { System } from "swagger-ui-dist/swagger-ui-es-bundle.js";

interface Source {
  source?: string;
}

/**
 * Descriptions as text: their paragraphs, and names between backticks. Swagger UI would make HTML of them, which this
 * page's policy refuses, and nobody needs.
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
