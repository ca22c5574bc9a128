import { QueryClientProvider } from "@tanstack/react-query";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { queryClient } from "./api/queries.ts";
import { Console } from "./shell/console.tsx";
import { PreferencesProvider } from "./shell/preferences.tsx";
import { ThemeProvider } from "./shell/theme.tsx";
import "./styles.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");

createRoot(root).render(
  <PreferencesProvider>
    <ThemeProvider>
      <QueryClientProvider client={queryClient}>
        <BrowserRouter basename="/console">
          <Console />
        </BrowserRouter>
      </QueryClientProvider>
    </ThemeProvider>
  </PreferencesProvider>,
);
