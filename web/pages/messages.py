"""What an act achieved, told on the page it leads to. The address carries the key, never the text."""

from carbon.errors import N_

DONE: dict[str, str] = {
    "benchmark-published": N_("The benchmark is published. Ratings of this industry use it from now on."),
    "consent-granted": N_(
        "Consent given. The bank can read your account and rating until the day you named."
    ),
    "consent-withdrawn": N_("Consent withdrawn. From this moment the bank sees nothing."),
    "draft-approved": N_("Approved. It is done."),
    "draft-rejected": N_("Rejected. The drafter is told your reason."),
    "draft-withdrawn": N_("The draft is taken back."),
    "facility-recorded": N_("The facility is recorded."),
    "flag-resolved": N_("Your decision is recorded with your name."),
    "fund-opened": N_("The fund is open and its money is in the books."),
    "fund-topped-up": N_("The money is in the fund."),
    "job-rerun": N_("The run is repeated; effects that already happened do not happen again."),
    "key-revoked": N_("The key is revoked. Programs using it are refused from now on."),
    "loan-registered": N_("The loan is registered. Interest accrues from its first day."),
    "product-saved": N_("The loan product is saved."),
    "profile-recorded": N_("Your company's description is recorded."),
    "rate-accepted": N_("The rate is accepted and in force from its day."),
    "rate-declined": N_("The proposed rate is declined; the one before stays in force."),
    "rates-accepted": N_("Every value without a flag is accepted and in force from its day."),
    "rates-proposed": N_("The values are proposed; decide on them below."),
    "second-factor-proved": N_("Thank you, that is you. Protected acts are open for 10 minutes."),
    "session-ended": N_("The session is ended."),
    "signed-out": N_("You are signed out."),
    "year-checked": N_("The year is looked through; what does not fit is listed below."),
    "year-recorded": N_("The year's figures are recorded."),
    "round-opened": N_("The round is open. Cases you assign from now on follow its terms."),
    "verifier-assigned": N_("The verifier is assigned; both sides are told."),
    "case-moved": N_("Done. The other parties are told."),
    "sample-drawn": N_("The sample is drawn, riskiest lines first."),
    "line-checked": N_("Your check is kept."),
    "finding-raised": N_("The finding is kept. The enterprise sees it once you return the case."),
    "finding-entered": N_("Your words are kept."),
    "opinion-signed": N_("The opinion is signed over these figures, and the year is verified."),
    "preparer-named": N_("Kept. Whoever helped cannot verify."),
    "activity-corrected": N_("Corrected. This figure stands in the place of the old one."),
    "activity-withdrawn": N_("Withdrawn. It no longer counts and stays readable in the corrections."),
}
