"""The life of a loan: agreement, handovers by hand, papers, invoice; breakdowns."""

from django.urls import URLPattern, path, re_path

from maillage.circulation.views import loan_papers, loan_verbs, loans
from maillage.core.tables.sending import FORMS

urlpatterns: list[URLPattern] = [
    path("prets/", loans.loan_list, name="loan_list"),
    re_path(
        rf"^prets/prets\.(?P<form>{FORMS})$", loans.loan_export, name="loan_export"
    ),
    path("prets/semaine/", loans.loan_week, name="loan_week"),
    path("prets/<int:pk>/", loans.loan_detail, name="loan_detail"),
    path("prets/<int:pk>/convention.pdf", loans.loan_agreement, name="loan_agreement"),
    path(
        "prets/<int:pk>/facture-<slug:number>.pdf",
        loans.loan_invoice,
        name="loan_invoice",
    ),
    path(
        "prets/<int:pk>/assurance/fichier",
        loans.loan_certificate,
        name="loan_certificate",
    ),
    path("prets/<int:pk>/confirmer/", loan_verbs.loan_confirm, name="loan_confirm"),
    path("prets/<int:pk>/annuler/", loan_verbs.loan_cancel, name="loan_cancel"),
    path("prets/<int:pk>/etape/", loan_verbs.loan_step, name="loan_step"),
    path("prets/<int:pk>/duree/", loan_verbs.loan_extend, name="loan_extend"),
    path(
        "prets/<int:pk>/duree/refuser/",
        loan_verbs.loan_extend_decline,
        name="loan_extend_decline",
    ),
    path("prets/<int:pk>/dates/", loan_verbs.loan_move, name="loan_move"),
    path("prets/<int:pk>/echange/", loan_verbs.loan_exchange, name="loan_exchange"),
    path(
        "prets/<int:pk>/autres-choix/",
        loan_verbs.loan_alternatives,
        name="loan_alternatives",
    ),
    path(
        "prets/<int:pk>/papiers/<slug:paper>/",
        loan_papers.loan_paper,
        name="loan_paper",
    ),
    path(
        "prets/<int:pk>/assurance/", loan_papers.loan_insurance, name="loan_insurance"
    ),
    path("prets/<int:pk>/lignes/", loan_papers.loan_charges, name="loan_charges"),
    path(
        "prets/<int:pk>/lignes/reprendre/",
        loan_papers.loan_first_lines,
        name="loan_first_lines",
    ),
    path(
        "prets/<int:pk>/lignes/<int:charge_pk>/",
        loan_papers.charge_edit,
        name="charge_edit",
    ),
    path(
        "prets/<int:pk>/lignes/<int:charge_pk>/retirer/",
        loan_papers.charge_delete,
        name="charge_delete",
    ),
    path("prets/<int:pk>/facturer/", loan_papers.loan_bill, name="loan_bill"),
    path(
        "prets/<int:pk>/factures/<slug:number>/paiement/",
        loan_papers.loan_payment,
        name="loan_payment",
    ),
    path("exemplaires/<slug:label>/panne/", loan_papers.copy_break, name="copy_break"),
    path(
        "exemplaires/<slug:label>/remise-en-service/",
        loan_papers.copy_mend,
        name="copy_mend",
    ),
]
