import "./styles/index.css";

import { showStoredTheme } from "./app/theme";

showStoredTheme();
