"""Words to search by: no text breaks the query or the index, and what is indexed can be found."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from galleria.foundation.catalog import rules

SAFE_QUERY = re.compile(r"^('[^'\\]+'(:\*)?( [&|] '[^'\\]+'(:\*)?)*)?$")


@given(st.text())
@example("' & | ! :* <-> \\ \x00 ()")
@example("𠮷野家 x\u0301 ﬁ №")
def test_no_text_breaks_a_query(words: str) -> None:
    query = rules.query(words)
    assert all(SAFE_QUERY.match(part) for part in (query.han, query.plain, query.stemmed))
    assert SAFE_QUERY.match(query.loosened().plain)


@given(st.text(), st.text(), st.text(max_size=500))
def test_no_text_breaks_the_index(name: str, place: str, text: str) -> None:
    found = rules.searchable([name], [place], [text])
    assert re.match(r"^('[^'\\]+':\d+[ABC](,\d+[ABC])*( |$))*$", found.vector)


@given(st.text(alphabet="燕麦拿铁亚麻宽松衬衫羊毛围巾手冲咖啡", min_size=1, max_size=12), st.data())
def test_any_piece_of_a_name_is_indexed(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    piece = name[start : data.draw(st.integers(start + 1, len(name)))]
    indexed = set(re.findall(r"'([^']+)'", rules.searchable([name], [], []).vector))
    assert set(re.findall(r"'([^']+)'", rules.query(piece).han)) <= indexed


def test_filling_words_are_dropped_unless_alone() -> None:
    assert rules.query("我要的衬衫").han == "'衬衫'"
    assert rules.query("的").han == "'的'"


def test_the_last_latin_word_may_be_unfinished() -> None:
    assert rules.query("linen shi").plain == "'linen' & 'shi':*"
    assert rules.query("shirt 衬衫").plain == "'shirt'"


def test_long_texts_stop_at_the_last_position() -> None:
    vector = rules.searchable([], [], ["词" * 20_000]).vector
    assert max(int(n) for n in re.findall(r"\d+", vector)) <= rules.POSITIONS_MAX
