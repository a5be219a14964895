import { DocumentPage } from "./DocumentPage";
import { ROUTING, RULES } from "./kinds";

export const Routing = () => <DocumentPage kind={ROUTING} />;

export const Rules = () => <DocumentPage kind={RULES} />;
