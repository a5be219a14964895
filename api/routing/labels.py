"""What routing has said of cases, for people and for departments: codes with their labels."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from api.cases.models import Case
from api.grids.service import names
from api.routing.document import RoutingDocument
from api.routing.in_force import document_of


class ClassCodeView(BaseModel):
    """What the routing table calls a case, in the layout of GB/T 30428.2."""

    code: str = Field(
        description="16 digits: division 6, major class 2, minor class 3, sequence 5",
        examples=["3301060208000012"],
    )
    class_code: str = Field(description="the first 11 of them", examples=["33010602080"])
    label_zh: str = Field(examples=["路面坑槽"])
    label_en: str = Field(examples=["Pothole"])


class GridView(BaseModel):
    """The smallest area that holds the place of a case."""

    code: str = Field(examples=["330106001002"])
    name: str = Field(examples=["文三路社区第二网格"])


class Routed(BaseModel):
    """What routing has said of a case."""

    class_code: ClassCodeView | None = Field(description="null where the table has no code")
    grid: GridView | None = Field(description="null where no area holds its place")


def routed(session: Session, cases: Sequence[Case]) -> dict[str, Routed]:
    """Return what routing has said of cases, by their ids."""
    documents = {
        table_id: document_of(session, table_id)
        for table_id in {case.routing_id for case in cases if case.routing_id}
    }
    called = names(session, {case.grid_code for case in cases if case.grid_code})
    return {
        case.id: Routed(
            class_code=_class_code(case, documents),
            grid=GridView(code=case.grid_code, name=called[case.grid_code])
            if case.grid_code
            else None,
        )
        for case in cases
    }


def _class_code(case: Case, documents: Mapping[str, RoutingDocument]) -> ClassCodeView | None:
    if case.class_code is None or case.routing_id is None:
        return None
    label = documents[case.routing_id].label_of(case.class_code)
    if label is None:
        return None
    return ClassCodeView(
        code=f"{case.class_code}{case.class_sequence:05d}",
        class_code=case.class_code,
        label_zh=label.zh,
        label_en=label.en,
    )
