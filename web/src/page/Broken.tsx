import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button";

/** A page that cannot be drawn, or whose script cannot be fetched, says so; the navigation stays. */
export class Broken extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <div className="empty" role="alert">
        <p>This page could not be shown. The service may have been renewed since you opened it.</p>
        <Button look="primary" onClick={() => location.reload()}>
          Load it again
        </Button>
      </div>
    );
  }
}
