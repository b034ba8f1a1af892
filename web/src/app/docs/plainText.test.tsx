// @vitest-environment happy-dom
import { cleanup, render } from "@testing-library/react";
import * as React from "react";
import { afterEach, expect, it } from "vitest";

import { plainText } from "./plainText";

afterEach(cleanup);

it.each([
  ["One.\n\nTwo `name` and `other`.", "<p>One.</p><p>Two <code>name</code> and <code>other</code>.</p>"],
  ["<b>not bold</b>", "<p>&lt;b&gt;not bold&lt;/b&gt;</p>"],
  [undefined, "<p></p>"],
])("shows %j as text, with paragraphs and names only", (source, html) => {
  const { Markdown } = plainText({ React }).components;
  render(<Markdown {...(source !== undefined && { source })} />);
  expect(document.querySelector(".markdown")?.innerHTML).toBe(html);
});
