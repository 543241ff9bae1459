"""What a launch finds, and what it comes to: pure, from what is known."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from galleria.engagement.launch.model import (
    AffectedGood,
    Beside,
    Candidate,
    Finding,
    FindingCode,
    Known,
    LaunchOutcome,
    LaunchPolicy,
    LaunchRefused,
    Severity,
    SubjectKind,
)
from galleria.engagement.launch.rules.probing import Part, Probe, alone, stacked
from galleria.kernel.errors import FieldError
from galleria.value.pricing import Barrier, Floor, PreviewLine, Verdict
from galleria.value.promotions import AddOn, Bundle, FreeDelivery, Gift, Grant, Offer, PurchaseLimit, SetOff, SetPrice

SAMPLE = 10
"""So many goods stand with a finding; `goods_count` tells how many there are."""

GRAVITY = {severity: position for position, severity in enumerate(Severity)}
TAKES_NOTHING_OFF = (Gift, AddOn, FreeDelivery, Grant, PurchaseLimit)


def findings(candidate: Candidate, known: Known, policy: LaunchPolicy) -> list[Finding]:
    """Return everything that was noticed, the gravest first."""
    solo = [] if _takes_nothing_off(candidate) else alone(candidate, known)
    found = [
        *_timing(candidate, known),
        *_wording(candidate),
        *_goods(candidate, known),
        *_prices(solo, known, policy),
        *_stacking(candidate, known, policy, solo),
        *_budget(candidate, known, policy, solo),
        *_audience(candidate, known, policy),
        *_stock(candidate, known),
        *_preview(candidate),
        *_grant(candidate),
    ]
    return sorted(found, key=lambda finding: -GRAVITY[finding.severity])


def outcome(found: Sequence[Finding]) -> LaunchOutcome:
    """Return what a launch with these findings comes to."""
    gravest = max((GRAVITY[finding.severity] for finding in found), default=0)
    if gravest == GRAVITY[Severity.REFUSE]:
        return LaunchOutcome.REFUSED
    return LaunchOutcome.PENDING if gravest == GRAVITY[Severity.SECOND_PERSON] else LaunchOutcome.LIVE


def refusal(found: Sequence[Finding]) -> LaunchRefused:
    """Return the refusal that names every finding that must be put right."""
    wrong = [finding for finding in found if finding.severity is Severity.REFUSE]
    return LaunchRefused(
        errors=tuple(
            FieldError(f"findings[{i}]", f"launch_{finding.code.value}", worded(finding.params))
            for i, finding in enumerate(wrong)
        )
    )


def worded(params: dict[str, str | int]) -> dict[str, str | int]:
    """Return what fills a finding's text: amounts in whole units of money, shares in percent."""
    return {
        name: f"{value / 100:.2f}" if isinstance(value, int) and name.endswith(("_minor", "_bp")) else value
        for name, value in params.items()
    }


def _takes_nothing_off(candidate: Candidate) -> bool:
    return bool(candidate.offers) and isinstance(candidate.offers[0].benefit, TAKES_NOTHING_OFF)


def _timing(candidate: Candidate, known: Known) -> Iterator[Finding]:
    if candidate.ends_at is not None and candidate.ends_at <= known.now:
        yield Finding(code=FindingCode.OVER_ALREADY, severity=Severity.REFUSE)


def _wording(candidate: Candidate) -> Iterator[Finding]:
    """Yield a finding when what shoppers read is not there in both languages; they never read a price rule's title."""
    if candidate.kind is SubjectKind.PRICE_RULE:
        return
    if not candidate.title_zh.strip() or not candidate.title_en.strip():
        yield Finding(code=FindingCode.TRANSLATION_MISSING, severity=Severity.REFUSE)
    elif _has_chinese(candidate.title_en) or not _has_chinese(candidate.title_zh):
        yield Finding(code=FindingCode.TRANSLATION_MISSING, severity=Severity.WARNING)


def _has_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def _goods(candidate: Candidate, known: Known) -> Iterator[Finding]:
    """Yield a finding when there is nothing to sell under an offer, or no gift to give."""
    if not candidate.offers:
        return
    benefit = candidate.offers[0].benefit
    nothing = not all(known.parts) if isinstance(benefit, Bundle) else not known.goods
    if nothing and not isinstance(benefit, FreeDelivery | Grant):
        yield Finding(code=FindingCode.NO_GOODS, severity=Severity.REFUSE)


def _prices(solo: Sequence[Probe], known: Known, policy: LaunchPolicy) -> Iterator[Finding]:
    """Yield what a candidate by itself sells below cost or below the floor price."""
    yield from _below(solo, known, FindingCode.BELOW_FLOOR, Severity.REFUSE, lambda floor: floor.floor_minor)
    yield from _below(solo, known, FindingCode.BELOW_COST, policy.below_cost, lambda floor: floor.cost_minor)


def _below(
    probes: Sequence[Probe],
    known: Known,
    code: FindingCode,
    severity: Severity,
    bound_of: Callable[[Floor], int | None],
) -> Iterator[Finding]:
    """Yield one finding for the baskets that cost less than the bounds of their goods together; unknown bounds pass."""
    below: dict[object, AffectedGood] = {}
    for probe in probes:
        bounds = [bound_of(known.floors.get(part.good.variant_id, Floor())) for part in probe.parts]
        bound = sum(b * part.units for b, part in zip(bounds, probe.parts, strict=True) if b is not None)
        if None not in bounds and probe.paid_minor < bound and probe.paid_minor < probe.goods_minor:
            for part, own in zip(probe.parts, bounds, strict=True):
                below.setdefault(part.good.variant_id, _affected(part, bound_minor=own))
    if below:
        goods = sorted(below.values(), key=lambda good: (good.result_minor or 0) - (good.bound_minor or 0))
        yield Finding(code=code, severity=severity, goods=goods[:SAMPLE], goods_count=len(goods))


def _stacking(candidate: Candidate, known: Known, policy: LaunchPolicy, solo: Sequence[Probe]) -> Iterator[Finding]:
    """Yield how low goods go, alone or beside what is live, and which offers come on top."""
    if _takes_nothing_off(candidate):
        return
    probes = [*solo, *(stacked(candidate, known) if known.beside else [])]
    others = {offer.offer_id: offer for probe in probes for offer in probe.applied}
    beside = [Beside(o.offer_id, o.title_zh, o.title_en) for o in others.values()]
    if beside:
        yield Finding(
            code=FindingCode.OVERLAPS, severity=Severity.INFO, params={"count": len(beside)}, beside=beside[:SAMPLE]
        )
    low = sorted((p for p in probes if _share(p) < policy.lowest_price_bp), key=_share)
    if low:
        lowest = _share(low[0])
        refused = lowest < policy.refuse_price_bp and not _is_rationed(candidate)
        goods = {part.good.variant_id: _affected(part) for probe in reversed(low) for part in probe.parts}
        yield Finding(
            code=FindingCode.ABSURD_PRICE,
            severity=Severity.REFUSE if refused else Severity.SECOND_PERSON,
            params={"lowest_bp": lowest, "limit_bp": policy.refuse_price_bp if refused else policy.lowest_price_bp},
            goods=list(reversed(goods.values()))[:SAMPLE],
            goods_count=len(goods),
            beside=[Beside(o.offer_id, o.title_zh, o.title_en) for o in low[0].applied],
        )


def _share(probe: Probe) -> int:
    """Return what is paid of a basket's price, in basis points."""
    return probe.paid_minor * 10_000 // max(1, probe.goods_minor)


def _is_rationed(candidate: Candidate) -> bool:
    """Return whether a shopper gets few of it: then a price of almost nothing may be meant."""
    offer = candidate.offers[0]
    few = offer.limits.per_member is not None or offer.eligibility.new_customer
    return few or (candidate.kind is SubjectKind.OFFER and len(candidate.offers) > 1)


def exposure_minor(candidate: Candidate, solo: Sequence[Probe]) -> int | None:
    """Return what a candidate may cost in all, or None when nothing limits it: its budget, or its total at the worst.

    The worst is the most that any small basket gets, for a unit where units are counted, else for an order.
    """
    worst = max((_taken_off(candidate.offers[0], probe) for probe in solo), default=0)
    total = 0
    for offer in candidate.offers:
        if offer.limits.budget_minor is not None:
            total += offer.limits.budget_minor
        elif offer.limits.total is not None:
            total += offer.limits.total * worst
        else:
            return None
    return total


def _taken_off(offer: Offer, probe: Probe) -> int:
    taken = probe.goods_minor - probe.paid_minor
    return -(-taken // probe.units) if isinstance(offer.benefit, SetPrice) else taken


def _budget(candidate: Candidate, known: Known, policy: LaunchPolicy, solo: Sequence[Probe]) -> Iterator[Finding]:
    """Yield what is found about the money: none set aside, much, or a zero too many for the shops concerned."""
    if not candidate.offers or _takes_nothing_off(candidate):
        return
    exposed = exposure_minor(candidate, solo)
    if exposed is None:
        yield Finding(code=FindingCode.BUDGET_MISSING, severity=Severity.INFO)
        return
    if exposed > policy.budget_minor:
        yield Finding(
            code=FindingCode.BUDGET_LARGE,
            severity=Severity.SECOND_PERSON,
            params={"budget_minor": exposed, "limit_minor": policy.budget_minor},
        )
    if known.usual_minor and exposed > policy.budget_times * known.usual_minor:
        yield Finding(
            code=FindingCode.BUDGET_UNUSUAL,
            severity=Severity.SECOND_PERSON,
            params={
                "budget_minor": exposed,
                "usual_minor": known.usual_minor,
                "times": exposed // known.usual_minor,
            },
        )


def _audience(candidate: Candidate, known: Known, policy: LaunchPolicy) -> Iterator[Finding]:
    """Yield a finding when an offer without limits is open to more members than the mall wants to know of."""
    if not candidate.offers or isinstance(candidate.offers[0].benefit, PurchaseLimit):
        return
    who, limits = candidate.offers[0].eligibility, candidate.offers[0].limits
    chosen = who.new_customer or who.first_order_in_shop or who.birthday is not None or who.tiers
    limited = limits.total is not None or limits.budget_minor is not None or limits.per_day is not None
    if not chosen and not limited and known.members > policy.audience:
        yield Finding(
            code=FindingCode.AUDIENCE_LARGE,
            severity=Severity.WARNING,
            params={"members": known.members, "limit": policy.audience},
        )


def _stock(candidate: Candidate, known: Known) -> Iterator[Finding]:
    """Yield a finding when the goods on the shelf cannot cover what an offer promises."""
    if not candidate.offers:
        return
    benefit, limits = candidate.offers[0].benefit, candidate.offers[0].limits
    left = sum(known.available.get(good.variant_id, 0) for good in known.goods)
    units = isinstance(benefit, SetPrice | Gift | AddOn)
    promised = limits.total if units and limits.total is not None else 1
    if known.goods and not isinstance(benefit, SetOff | PurchaseLimit) and left < promised:
        short = sorted(known.goods, key=lambda good: known.available.get(good.variant_id, 0))[:SAMPLE]
        yield Finding(
            code=FindingCode.STOCK_SHORT,
            severity=Severity.WARNING,
            params={"promised": promised, "available": left},
            goods=[
                _affected(Part(g, 1, g.price_minor, g.price_minor), available=known.available.get(g.variant_id, 0))
                for g in short
            ],
            goods_count=len(known.goods),
        )


def _preview(candidate: Candidate) -> Iterator[Finding]:
    """Yield what a price rule meets at the floors and guards of its goods."""
    preview = candidate.preview
    if preview is None:
        return
    if preview.goods == 0:
        yield Finding(code=FindingCode.NO_GOODS, severity=Severity.WARNING)
    for verdict, severity, count in (
        (Verdict.REFUSED, Severity.WARNING, preview.refused),
        (Verdict.SECOND_PERSON, Severity.SECOND_PERSON, preview.second_person),
    ):
        if count:
            lines = [line for line in preview.items if line.verdict is verdict]
            floor = any(line.barrier is Barrier.BELOW_FLOOR for line in lines)
            yield Finding(
                code=FindingCode.BELOW_FLOOR if floor else FindingCode.BELOW_COST,
                severity=Severity.REFUSE if verdict is Verdict.REFUSED and count == preview.goods else severity,
                goods=[_of_line(line) for line in lines[:SAMPLE]],
                goods_count=count,
            )


def _grant(candidate: Candidate) -> Iterator[Finding]:
    """Yield a finding when an offer gives coupons that somebody else pays, or that are not to be had."""
    if not candidate.offers or not isinstance(candidate.offers[0].benefit, Grant):
        return
    if candidate.merchant_id is not None and candidate.grant_owner != candidate.merchant_id:
        yield Finding(code=FindingCode.NOT_YOURS, severity=Severity.REFUSE)
    if not candidate.grants_live:
        yield Finding(code=FindingCode.NOT_LIVE, severity=Severity.REFUSE)


def _affected(part: Part, *, bound_minor: int | None = None, available: int | None = None) -> AffectedGood:
    good = part.good
    return AffectedGood(
        variant_id=good.variant_id,
        product_id=good.product_id,
        name_zh=good.name_zh,
        name_en=good.name_en,
        option_zh=good.option_zh,
        option_en=good.option_en,
        price_minor=good.price_minor,
        result_minor=part.paid_minor // part.units,
        bound_minor=bound_minor,
        available=available,
    )


def _of_line(line: PreviewLine) -> AffectedGood:
    return AffectedGood(
        variant_id=line.variant_id,
        product_id=line.product_id,
        name_zh=line.name_zh,
        name_en=line.name_en,
        option_zh=line.option_zh,
        option_en=line.option_en,
        price_minor=line.from_minor,
        result_minor=line.to_minor,
        bound_minor=line.floor_minor if line.barrier is Barrier.BELOW_FLOOR else line.cost_minor,
    )


def without_vouched(found: Iterable[Finding]) -> list[Finding]:
    """Return findings about terms that were approved before: what wanted a second person then has had one."""
    return [f for f in found if f.severity is not Severity.SECOND_PERSON]
