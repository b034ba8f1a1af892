import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/rtl.css";
import "../styles/frame.css";
import "../ui/Button.css";
import "./message.css";

import { showStoredTheme } from "./theme";

showStoredTheme();
