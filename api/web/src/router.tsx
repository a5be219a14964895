import { createBrowserRouter, Navigate } from "react-router";

import { Shell } from "./layout/Shell";
import { FindingPage } from "./review/FindingPage";
import { ReviewPage } from "./review/ReviewPage";
import { CrashScreen, Loading, NotFound } from "./shared/States";

export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <CrashScreen />,
    hydrateFallbackElement: <Loading />,
    children: [
      { index: true, element: <Navigate to="/review" replace /> },
      { path: "review", element: <ReviewPage /> },
      { path: "findings/:findingId", element: <FindingPage /> },
      {
        path: "map",
        lazy: async () => ({ Component: (await import("./map/MapPage")).MapPage }),
      },
      {
        path: "cases/:caseId?",
        lazy: async () => ({ Component: (await import("./cases/CasesPage")).CasesPage }),
      },
      {
        path: "cases/:caseId/print",
        lazy: async () => ({ Component: (await import("./cases/PrintPage")).PrintPage }),
      },
      {
        path: "matters",
        lazy: async () => ({ Component: (await import("./matters/MattersPage")).MattersPage }),
      },
      {
        path: "cameras/:cameraId?",
        lazy: async () => ({ Component: (await import("./cameras/CamerasPage")).CamerasPage }),
      },
      {
        path: "admin/:section?",
        lazy: async () => ({ Component: (await import("./admin/AdminPage")).AdminPage }),
      },
      {
        path: "figures",
        lazy: async () => ({ Component: (await import("./figures/FiguresPage")).FiguresPage }),
      },
      { path: "*", element: <NotFound /> },
    ],
  },
]);
