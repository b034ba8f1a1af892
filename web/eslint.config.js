import { readdirSync } from "node:fs";

import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Imports go down only; `data` and `commands` stand side by side, and so do the features. */
const FLOORS = [["app"], ["features"], ["data", "commands"], ["ui"], ["platform"]];
const features = readdirSync(new URL("src/features", import.meta.url));
const zones = [
    ...FLOORS.slice(1).flatMap((floor, index) => {
        const above = FLOORS.slice(0, index + 1).flat();
        return floor.map((name) => ({
            target: `./src/${name}`,
            from: [...above, ...floor.filter((other) => other !== name)].map((other) => `./src/${other}`),
            message: `${name} may import only what is below it: ${FLOORS.map((each) => each.join(", ")).join(" → ")}.`,
        }));
    }),
    ...features.map((name) => ({
        target: `./src/features/${name}`,
        from: features.filter((other) => other !== name).map((other) => `./src/features/${other}`),
        message: "Features never import each other: what they share goes down, or is put together in app.",
    })),
];

export default tseslint.config(
    { ignores: ["dist", "dist-development", "src/**/schema.ts", "eslint.config.js", "stylelint.config.js"] },
    js.configs.recommended,
    tseslint.configs.strictTypeChecked,
    tseslint.configs.stylisticTypeChecked,
    reactHooks.configs.flat.recommended,
    {
        plugins: { "import-x": importX },
        settings: { "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".tsx"] })] },
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            // React calls and awaits nothing of what an event handler gives back.
            "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
            "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/dot-notation": "off", // TypeScript itself wants brackets for index signatures
            "import-x/no-restricted-paths": ["error", { zones, basePath: import.meta.dirname }],
            "import-x/no-cycle": "error",
            "no-restricted-syntax": [
                "error",
                {
                    selector: "CallExpression[callee.property.name=/^(remove|set)Attribute$/][arguments.0.value='src']",
                    message: "React never sets a prop again that has not changed: keep `src` in its state.",
                },
            ],
            // TanStack's table and virtualizer are mutable objects; this page is not compiled, so nothing is memoised wrongly.
            "react-hooks/incompatible-library": "off",
        },
    },
);
