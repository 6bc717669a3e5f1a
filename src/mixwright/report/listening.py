"""What the engineer heard in its own mix, round by round, and what it changed."""

from mixwright.project import Decision, Listening
from mixwright.report.decisions import anchor
from mixwright.report.facts import Facts
from mixwright.report.markup import Html, tag
from mixwright.report.numbers import MINUS, clock, counted, listed, plain


def section(facts: Facts) -> Html:
    """One entry per round."""
    rounds = facts.project.review
    if not rounds:
        body: list[Html] = [tag("p", "This mix was not listened to again after the decisions.")]
    else:
        body = [
            tag("p", words(facts)),
            tag("ol", [_round(facts, entry) for entry in rounds], class_="rounds"),
        ]
    return tag("section", tag("h2", "Listening again"), body, id="review", class_="card")


def words(facts: Facts) -> str:
    """The whole in one or two sentences."""
    rounds = facts.project.review
    if not rounds:
        return ""
    where = listed([f"{clock(a)}\N{EN DASH}{clock(b)}" for a, b in facts.listened])
    first, kept = rounds[0], [entry for entry in rounds if entry.kept]
    start = f"The engineer rendered its mix, listened to {where} and compared it with what it meant."
    if not first.heard:
        return f"{start} Nothing was off."
    last = kept[-1]
    left = "nothing" if not last.heard else counted(len(last.heard), "thing")
    return (
        f"{start} {counted(len(first.heard), 'thing')} sounded not as meant; after "
        f"{counted(len(rounds) - 1, 'round')} of correction {left} was left (sum of misses "
        f"{plain(first.score)} to {plain(last.score)}, in multiples of what is tolerated)."
    )


def _round(facts: Facts, entry: Listening) -> Html:
    title = "As decided" if entry.number == 0 else f"After correction {entry.number}"
    prefix = f"review{entry.number + 1}_"
    moves = [d for d in facts.project.decisions if d.id.startswith(prefix)]
    return tag(
        "li",
        tag(
            "p",
            tag("b", title),
            tag("span", f"misses {plain(entry.score)}", class_="chip"),
            None if entry.kept else tag("span", "not better: taken back", class_="chip user"),
        ),
        tag("ul", [_heard(line, moves) for line in entry.heard], class_="heard")
        if entry.heard
        else tag("p", "All as meant.", class_="dim"),
    )


def _heard(line: str, moves: list[Decision]) -> Html:
    """What was off, and the decision that corrects it: its summary begins with the line."""
    move = next((move for move in moves if move.summary.startswith(f"{line}: ")), None)
    if move is None:
        return tag("li", line)
    done = move.summary[len(line) + 2 :].replace(" -", f" {MINUS}")
    return tag("li", line, tag("span", " \N{RIGHTWARDS ARROW} ", class_="dim"), _link(move, done))


def _link(move: Decision, words: str) -> Html:
    return tag("a", words, href=f"#{anchor(move.id)}", title=move.id)
