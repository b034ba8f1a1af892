import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
    { ignores: ["dist", "dist-development", "src/**/schema.ts", "eslint.config.js"] },
    js.configs.recommended,
    tseslint.configs.strictTypeChecked,
    tseslint.configs.stylisticTypeChecked,
    reactHooks.configs.flat.recommended,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            // React calls and awaits nothing of what an event handler gives back.
            "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
            "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/dot-notation": "off", // TypeScript itself wants brackets for index signatures
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
