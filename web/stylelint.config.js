/** Space that has a token is written as the token (styles/tokens.css). */
const TOKENS = "(0?\\.(125|25|375|5|625|75|875)|1|1\\.25|1\\.5|2|3)rem";

export default {
    rules: {
        "color-no-invalid-hex": true,
        "declaration-block-no-duplicate-properties": true,
        "declaration-block-no-shorthand-property-overrides": true,
        "block-no-empty": true,
        "max-nesting-depth": 2,
        "no-duplicate-selectors": true,
        "no-invalid-position-declaration": true,
        "property-no-unknown": true,
        "selector-pseudo-class-no-unknown": true,
        "unit-no-unknown": true,
        // A sheet is put into its layer by its folder (vite.config.ts), and imported by its component.
        "at-rule-disallowed-list": [["layer", "import", "custom-media"], { message: "vite.config.ts does this." }],
        "media-feature-name-disallowed-list": [
            [/width$/, /height$/],
            { message: "Use one of the five breakpoints: @media (--narrow) and the like (platform/media.ts)." },
        ],
        "property-disallowed-list": [
            [/^(left|right|top|bottom)$/, /^(margin|padding|border)-(left|right|top|bottom)/],
            { message: "Use the logical property: inline-start and inline-end, block-start and block-end." },
        ],
        "declaration-property-value-disallowed-list": [
            {
                "text-align": ["left", "right"],
                // Four values name the left and the right side.
                "/^(margin|padding|inset)$/": [/^([^\s(]+(\([^()]*\))?\s+){3}\S+$/, new RegExp(`(^|[\\s-])${TOKENS}`)],
                "/^(margin|padding|inset|gap|row-gap|column-gap)/": [
                    new RegExp(`(^|[\\s-])${TOKENS}`),
                    /(?<![.\d])([2-9]|\d\d)px/, // hairlines alone are in px
                ],
                "/^(font|font-size|line-height)$/": [/px/],
            },
        ],
    },
    ignoreFiles: ["dist/**", "dist-development/**"],
};
