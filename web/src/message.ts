import "./styles/index.css";

import { showStoredTheme } from "./page/theme";

showStoredTheme();
