import { useState } from "react";

import { useOverlay } from "../../platform/address";
import { useMediaQuery } from "../../ui/useMediaQuery";

/**
 * Whether the details of a file are shown. Where there is room they are a column and stay as they were left. Where they
 * would cover the page they are a drawer: closed at first, and opening it is a step of “back”.
 */
export function useDetails(room: string) {
  const isColumn = useMediaQuery(room);
  const [isColumnShown, setColumnShown] = useState(isColumn);
  const [drawer, openDrawer, closeDrawer] = useOverlay("details");
  const isOpen = isColumn ? isColumnShown : drawer !== "";
  const show = () => (isColumn ? setColumnShown(true) : openDrawer("open"));
  const hide = () => (isColumn ? setColumnShown(false) : drawer && closeDrawer());
  return { isOpen, isDrawer: isOpen && !isColumn, show, hide, toggle: isOpen ? hide : show };
}
