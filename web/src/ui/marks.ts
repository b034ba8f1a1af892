/** The looks of states and of ticks, wherever they stand. */
import "./stateMark.css";
import "./tickBox.css";
