/** GET /api/docs: the service's OpenAPI document in Swagger UI. */
import "swagger-ui-dist/swagger-ui.css";
import "./docs.css";

import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";

import { showStoredTheme } from "../theme";
import { plainText } from "./plainText";

showStoredTheme();
const { theme } = document.documentElement.dataset;
const isDark = theme === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
document.documentElement.classList.toggle("dark-mode", isDark);

SwaggerUI({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  syntaxHighlight: false, // large responses would freeze the page
  validatorUrl: null,
  plugins: [plainText],
});
