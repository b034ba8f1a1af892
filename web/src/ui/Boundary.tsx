import { Component, type ReactNode } from "react";

interface Props {
  children: ReactNode;
  /** Instead of what throws; `retry` renders it again. */
  fallback: (retry: () => void) => ReactNode;
}

/** What throws while it is rendered takes nothing around it away. */
export class Boundary extends Component<Props, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    const { children, fallback } = this.props;
    return this.state.isBroken ? fallback(() => this.setState({ isBroken: false })) : children;
  }
}
