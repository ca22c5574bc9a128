import { Component, type ReactNode } from "react";
import { ProblemResult } from "../parts/problem.tsx";

/** A page that broke says so and leaves the rest of the console standing. */
export class Failsafe extends Component<{ children: ReactNode }, { error: Error | undefined }> {
  override state: { error: Error | undefined } = { error: undefined };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <ProblemResult error={error} retry={() => location.reload()} />;
  }
}
