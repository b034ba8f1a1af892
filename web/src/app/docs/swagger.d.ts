/** The parts of Swagger UI that we use; the package has no types. */
declare module "swagger-ui-dist/swagger-ui-es-bundle.js" {
  import type * as React from "react";

  /** What a plugin receives: the bundled React, next to the parts of the page. */
  export interface System {
    React: typeof React;
  }

  interface Options {
    url: string;
    dom_id: string;
    deepLinking: boolean;
    defaultModelsExpandDepth: number;
    displayRequestDuration: boolean;
    syntaxHighlight: boolean;
    validatorUrl: null;
    plugins: ((system: System) => object)[];
  }

  export default function SwaggerUI(options: Options): unknown;
}
