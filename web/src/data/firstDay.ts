import * as v from "valibot";

import { config } from "./config";
import { useStored } from "../platform/stored";

/** Whether the first steps are hidden, in this browser. */
export const useFirstDayHidden = () => useStored(`pmd.first-day.${config.subject.sqid}`, v.boolean(), false);
