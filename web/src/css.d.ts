import "react";

declare module "react" {
  interface CSSProperties {
    "--columns"?: string;
    "--grid-width"?: string;
    "--tile"?: string;
    "--mat-own"?: string;
    "--desk-columns"?: string;
  }
}
