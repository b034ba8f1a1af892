import { readdirSync } from "node:fs";

import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import lingui from "eslint-plugin-lingui";
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

/** Texts have two words, or one with a capital; classes, addresses and parts of the API have not. */
const NO_TEXT = "^(?![\\s\\S]*[A-Za-z]{2}[,.:;!?…)’]* [(“@#]?[A-Za-z])(?![\\s“(]*[A-Z][a-z])[\\s\\S]*$";
/** Keys as the keymap names them, and as keycaps show them. */
const KEYS =
    "^([a-z#], |[eg#j] |e F2$|g then |(Shift|Mod|Ctrl|Arrow|Enter|Space|Esc|Escape|Del|Delete, |Page(Up|Down)|Mod\\+|z, )\\b)|^Arrow|^ pending |^(<\\?xml|curl |CC BY$|Postgres$|Redis$)";

/** Constants: queries of the cache, selectors, names that are data, and English names of days. */
const NO_TEXTS = [
    ...["BULK", "STOPS", "CONTROLS", "SAMPLE_FOLDER", "SAMPLE_SOURCE", "LANGUAGES", "WEEKDAYS", "MONTHS", "UNNAMED"],
    ...["upright", "finger", "tablet", "handheld", "keyless", "page"],
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
                {
                    selector: `JSXOpeningElement:matches([name.name="section"], :has(> JSXAttribute[name.name="role"][value.value=/^(alertdialog|dialog|form|grid|group|img|listbox|menu|meter|progressbar|radiogroup|region|search|slider|table|tablist|tabpanel|toolbar|tree|treegrid)$/])):not(:has(> JSXAttribute[name.name=/^aria-label(ledby)?$/]))`,
                    message:
                        "A screen reader announces a part only where it has a name: give it `aria-label`, or use a div.",
                },
                {
                    selector: "JSXAttribute[name.name='tabIndex'] > JSXExpressionContainer > Literal[value>0]",
                    message: "It would come before all else of the page: the order of the document is that of Tab.",
                },
                {
                    selector: `CallExpression[callee.property.name="map"] > ArrowFunctionExpression > JSXElement.body > JSXOpeningElement:not(:has(> JSXAttribute[name.name="key"]))`,
                    message: "React mixes up the elements of a list that changes: give each a `key`.",
                },
            ],
            // TanStack's table and virtualizer are mutable objects; this page is not compiled, so nothing is memoised wrongly.
            "react-hooks/incompatible-library": "off",
        },
    },
    {
        // A text outside of the catalogue would be English in every language.
        files: ["src/**"],
        ignores: [
            "**/*.test.*",
            "**/*.stories.tsx",
            "src/testing/**",
            "src/locales/**",
            "src/platform/{calendar,language}.ts",
        ],
        plugins: { lingui },
        rules: {
            "lingui/no-unlocalized-strings": [
                "error",
                {
                    useTsTypes: true,
                    ignore: [NO_TEXT, KEYS],
                    ignoreNames: ["className", "look", "queryKey", "d", "transform", ...NO_TEXTS],
                    ignoreFunctions: [
                        ...["*Error", "matchMedia", "useMediaQuery", "useEventListener", "pageHref", "go", "String"],
                        ...["*.matches", "*.closest", "*.querySelector", "*.matchMedia", "*.get", "*.includes"],
                        ...["*.replace", "*.startsWith", "*.endsWith", "*.moved", "*.move"],
                    ],
                },
            ],
        },
    },
    // Pages that tests make up need no names.
    { files: ["**/*.test.*"], rules: { "no-restricted-syntax": "off" } },
);
