"""Organisations and officers of the demo world. All are invented, and their names say so.

The Korean officer stands for a public body: EPS is government to government.
"""

from dataclasses import dataclass
from typing import Literal

RoleName = Literal[
    "clerk",
    "health_clerk",
    "centre_approver",
    "centre_admin",
    "registrar",
    "fraud_officer",
    "second_officer",
    "auditor",
    "observer",
    "operator",
    "assisted_officer",
    "protection_officer",
    "verifier_admin",
    "verifier_member",
    "recruiter",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoCentre:
    """Who issues; ``slug`` is the part of its DID and URLs, ``province_code`` of the gazetteer.

    ``types`` are the credential types it is accredited for besides, with every code.
    """

    slug: str
    name_en: str
    name_km: str
    province_code: str
    qualifications: tuple[str, ...]
    courses: tuple[str, ...]
    types: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoOrganisation:
    """Another organisation; ``name_local`` is its name in the language of its country."""

    slug: str
    name_en: str
    name_local: str
    country: str
    description: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoOfficer:
    """Somebody who signs in; ``organisation`` is the slug of a centre or organisation."""

    login: str
    name_en: str
    name_local: str
    role: RoleName
    organisation: str


AUTHORITY = DemoOrganisation(
    slug="demo-authority",
    name_en="Demo Labour and Skills Authority (not the MLVT)",
    name_local="អាជ្ញាធរការងារ និងជំនាញ គំរូ (មិនមែនក្រសួងទេ)",
    country="KH",
    description="Stands where the Ministry of Labour and Vocational Training stands in production.",
)

CENTRES = (
    DemoCentre(
        slug="phka-trakuon",
        name_en="Phka Trakuon Demo Training Centre",
        name_km="មជ្ឈមណ្ឌលបណ្តុះបណ្តាលគំរូ ផ្កាត្រកួន",
        province_code="01",
        qualifications=("DEMO-RPL-BRL", "DEMO-RPL-CRP", "DEMO-RPL-WLD", "DEMO-RPL-ELW"),
        courses=("PLUMBING", "ELECTRICAL-WIRING", "SAFETY-STANDARDS", "EQUIPMENT-OPERATION"),
        types=("LanguageTraining", "PreDepartureOrientation", "FinancialLiteracy"),
    ),
    DemoCentre(
        slug="trei-chhlonh",
        name_en="Trei Chhlonh Demo Skills Centre",
        name_km="មជ្ឈមណ្ឌលជំនាញគំរូ ត្រីឆ្លូញ",
        province_code="02",
        qualifications=("DEMO-RPL-PKH", "DEMO-RPL-ELA"),
        courses=("HACCP", "COLD-CHAIN", "PACKHOUSE", "POSTHARVEST", "FORKLIFT-WAREHOUSE"),
    ),
    DemoCentre(
        slug="tonsay-sar",
        name_en="Tonsay Sar Demo Vocational Centre",
        name_km="មជ្ឈមណ្ឌលវិជ្ជាជីវៈគំរូ ទន្សាយស",
        province_code="22",
        qualifications=("DEMO-RPL-FDS", "DEMO-RPL-HSK"),
        courses=("FRONT-OFFICE", "CATERING", "HOUSEKEEPING", "CUSTOMER-SERVICE", "MICRO-MBA"),
    ),
)
"""Three centres in provinces the report names as border provinces."""

PUBLIC_BODIES = (
    DemoCentre(
        slug="labour-desk",
        name_en="Demo Labour Desk (not the MLVT)",
        name_km="បញ្ជរការងារ គំរូ (មិនមែនក្រសួងទេ)",
        province_code="12",
        qualifications=(),
        courses=(),
        types=(
            "ThirdPartyTestEvidence",
            "PriorEmployment",
            "OverseasWorkRecord",
            "SSWRegistrationCertificate",
            "StandardContractRegistered",
            "RLDIdentity",
        ),
    ),
    DemoCentre(
        slug="medical-desk",
        name_en="Demo Labour Medical Desk",
        name_km="បញ្ជរពេទ្យការងារ គំរូ",
        province_code="12",
        qualifications=(),
        courses=(),
        types=("HealthCheckStatus",),
    ),
    DemoCentre(
        slug="security-fund",
        name_en="Demo Social Security Fund",
        name_km="បេឡាសន្តិសុខសង្គម គំរូ",
        province_code="12",
        qualifications=(),
        courses=(),
        types=("NSSFStatus",),
    ),
    DemoCentre(
        slug="works-office",
        name_en="Demo Rural Works Office",
        name_km="ការិយាល័យការងារជនបទ គំរូ",
        province_code="01",
        qualifications=(),
        courses=(),
        types=("WorkAttendance",),
    ),
)
"""Bodies that issue what no training centre may; health and social security have keys of their own."""

AGENCY = DemoOrganisation(
    slug="chhuk-sar",
    name_en="Chhuk Sar Demo Recruitment",
    name_local="ភ្នាក់ងារគំរូ ឈូកស",
    country="KH",
    description="A licensed recruitment agency.",
)

RECRUITERS = (
    DemoOrganisation(
        slug="eps-demo-korea",
        name_en="Demo Foreign Employment Service of Korea",
        name_local="외국인고용 데모공단",
        country="KR",
        description="A public body under the Employment Permit System.",
    ),
    DemoOrganisation(
        slug="mihon-kensetsu",
        name_en="Mihon Kensetsu K.K. (demo)",
        name_local="見本建設株式会社 (デモ)",
        country="JP",
        description="An accepting organisation for specified skilled workers in construction.",
    ),
    DemoOrganisation(
        slug="kumrou-packhouse",
        name_en="Kumrou Packhouse Co., Ltd. (demo)",
        name_local="ក្រុមហ៊ុនវេចខ្ចប់ គំរូ",
        country="KH",
        description="A domestic employer that packs fruit.",
    ),
)

OFFICERS = (
    DemoOfficer(
        login="clerk-phka-trakuon",
        name_en="Yos Sovann",
        name_local="យស សុវណ្ណ",
        role="clerk",
        organisation="phka-trakuon",
    ),
    DemoOfficer(
        login="clerk-trei-chhlonh",
        name_en="Tes Kalyan",
        name_local="ទេស កល្យាណ",
        role="clerk",
        organisation="trei-chhlonh",
    ),
    DemoOfficer(
        login="clerk-tonsay-sar",
        name_en="Kong Rithy",
        name_local="គង់ រិទ្ធី",
        role="clerk",
        organisation="tonsay-sar",
    ),
    DemoOfficer(
        login="clerk-labour-desk",
        name_en="Touch Sreyleak",
        name_local="ទូច ស្រីល័ក្ខ",
        role="clerk",
        organisation="labour-desk",
    ),
    DemoOfficer(
        login="clerk-medical-desk",
        name_en="Mao Socheata",
        name_local="ម៉ៅ សុជាតា",
        role="health_clerk",
        organisation="medical-desk",
    ),
    DemoOfficer(
        login="clerk-security-fund",
        name_en="Eng Borey",
        name_local="អេង បូរី",
        role="clerk",
        organisation="security-fund",
    ),
    DemoOfficer(
        login="clerk-works-office",
        name_en="Phon Veasna",
        name_local="ផុន វាសនា",
        role="clerk",
        organisation="works-office",
    ),
    DemoOfficer(
        login="fraud-officer-1",
        name_en="Nhem Sopheap",
        name_local="ញ៉ែម សុភាព",
        role="fraud_officer",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="fraud-officer-2",
        name_en="Say Vibol",
        name_local="សាយ វិបុល",
        role="fraud_officer",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="fraud-officer-3",
        name_en="Chea Monyroth",
        name_local="ជា មុនីរ័ត្ន",
        role="fraud_officer",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="registrar",
        name_en="Pov Rachana",
        name_local="ពៅ រចនា",
        role="registrar",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="recruiter-korea",
        name_en="Han Da-eun",
        name_local="한다은",
        role="recruiter",
        organisation="eps-demo-korea",
    ),
    DemoOfficer(
        login="recruiter-japan",
        name_en="Mihon Haruka",
        name_local="見本 はるか",
        role="recruiter",
        organisation="mihon-kensetsu",
    ),
    DemoOfficer(
        login="recruiter-cambodia",
        name_en="Ung Chantha",
        name_local="អ៊ឹង ចាន់ថា",
        role="recruiter",
        organisation="kumrou-packhouse",
    ),
    DemoOfficer(
        login="approver-phka-trakuon",
        name_en="Chhim Bopha",
        name_local="ឈឹម បុប្ផា",
        role="centre_approver",
        organisation="phka-trakuon",
    ),
    DemoOfficer(
        login="admin-phka-trakuon",
        name_en="Keo Samnang",
        name_local="កែវ សំណាង",
        role="centre_admin",
        organisation="phka-trakuon",
    ),
    DemoOfficer(
        login="approver-trei-chhlonh",
        name_en="Lim Sreymom",
        name_local="លឹម ស្រីមុំ",
        role="centre_approver",
        organisation="trei-chhlonh",
    ),
    DemoOfficer(
        login="admin-trei-chhlonh",
        name_en="Prak Dara",
        name_local="ប្រាក់ ដារ៉ា",
        role="centre_admin",
        organisation="trei-chhlonh",
    ),
    DemoOfficer(
        login="second-officer",
        name_en="Meas Chanthy",
        name_local="មាស ចាន់ធី",
        role="second_officer",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="observer",
        name_en="Keo Sovannara",
        name_local="កែវ សុវណ្ណារ៉ា",
        role="observer",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="auditor",
        name_en="Ros Vannak",
        name_local="រស់ វណ្ណៈ",
        role="auditor",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="health-clerk",
        name_en="Prak Sovann",
        name_local="ប្រាក់ សុវណ្ណ",
        role="health_clerk",
        organisation="medical-desk",
    ),
    DemoOfficer(
        login="operator",
        name_en="Heng Piseth",
        name_local="ហេង ពិសិដ្ឋ",
        role="operator",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="assisted-officer",
        name_en="Sok Malis",
        name_local="សុខ ម្លិះ",
        role="assisted_officer",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="protection-officer",
        name_en="Chea Sothea",
        name_local="ជា សុធា",
        role="protection_officer",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="verifier-admin",
        name_en="Mihon Taro",
        name_local="見本 太郎",
        role="verifier_admin",
        organisation="mihon-kensetsu",
    ),
    DemoOfficer(
        login="verifier-member",
        name_en="Mihon Hanako",
        name_local="見本 花子",
        role="verifier_member",
        organisation="mihon-kensetsu",
    ),
    DemoOfficer(
        login="verifier-admin-2",
        name_en="Ung Sreyneang",
        name_local="អ៊ឹង ស្រីនាង",
        role="verifier_admin",
        organisation="kumrou-packhouse",
    ),
    DemoOfficer(
        login="agency-admin",
        name_en="Nuon Ratha",
        name_local="នួន រដ្ឋា",
        role="verifier_admin",
        organisation="chhuk-sar",
    ),
    DemoOfficer(
        login="approver-tonsay-sar",
        name_en="Chan Sokunthea",
        name_local="ចាន់ សុគន្ធា",
        role="centre_approver",
        organisation="tonsay-sar",
    ),
    DemoOfficer(
        login="approver-labour-desk",
        name_en="Hout Ratanak",
        name_local="ហួត រតនៈ",
        role="centre_approver",
        organisation="labour-desk",
    ),
    DemoOfficer(
        login="approver-security-fund",
        name_en="Long Chenda",
        name_local="ឡុង ចិន្តា",
        role="centre_approver",
        organisation="security-fund",
    ),
    DemoOfficer(
        login="approver-works-office",
        name_en="Srey Vuthy",
        name_local="ស្រី វុទ្ធី",
        role="centre_approver",
        organisation="works-office",
    ),
    DemoOfficer(
        login="assisted-officer-2",
        name_en="Meas Sophorn",
        name_local="មាស សុភ័ណ្ឌ",
        role="assisted_officer",
        organisation="demo-authority",
    ),
    DemoOfficer(
        login="verifier-korea",
        name_en="Bae Su-min",
        name_local="배수민",
        role="verifier_member",
        organisation="eps-demo-korea",
    ),
)
