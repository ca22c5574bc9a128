import { Spin } from "antd";
import { Suspense } from "react";
import { Navigate, Route, Routes } from "react-router";
import { mayCall, type Session, useSession } from "../api/session.ts";
import { ProblemResult } from "../parts/problem.tsx";
import { Failsafe } from "./failsafe.tsx";
import { FirstPassword } from "./first-password.tsx";
import { Frame } from "./frame.tsx";
import { NotFound } from "./not-found.tsx";
import { pages } from "./pages.tsx";
import { SignIn } from "./sign-in.tsx";

/** The whole console: who is signed in decides what there is. */
export function Console() {
  const session = useSession();
  if (session.isPending) return <Waiting />;
  if (session.isError) return <ProblemResult error={session.error} retry={() => void session.refetch()} />;
  if (session.data === null) return <SignIn />;
  if (session.data.mustChangePassword) return <FirstPassword login={session.data.login} />;
  return <SignedIn session={session.data} />;
}

function SignedIn({ session }: { session: Session }) {
  return (
    <Frame session={session}>
      <Failsafe>
        <Suspense fallback={<Waiting />}>
          <Routes>
            {pages
              .filter(({ who }) => mayCall(session, who))
              .map(({ path, component: Page }) => (
                <Route key={path} path={path} element={<Page session={session} />} />
              ))}
            <Route path="sign-in" element={<Navigate to="/" replace />} />
            <Route path="*" element={<NotFound />} />
          </Routes>
        </Suspense>
      </Failsafe>
    </Frame>
  );
}

export function Waiting() {
  return (
    <div className="waiting" role="status" aria-live="polite">
      <Spin />
    </div>
  );
}
