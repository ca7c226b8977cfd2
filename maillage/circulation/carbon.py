"""What a kilometre on the road emits, by vehicle, and who says so.

Commercial vehicles: the values of level 1 of the French order of 10 April 2012 on the
information given with transport services (arrêté du 10 avril 2012, NOR TRAT1209296A,
JORF of 21 April 2012), annex II for the litres and annex I for a litre of road diesel,
its making and delivery included. The order asks for the nearest line of its table:
« Fourgon 8 m³, déménagement » for vans, « Porteur 7,5 tonnes PTAC » for a truck of
20 m³, « Porteur 45 m³, déménagement » for a heavy one. A parcel of 30 kg has its part
of the 0.46 t that « Véhicule utilitaire léger, express (colis) » carries.

Cars: ADEME, Base Empreinte, average combustion car in use, fuel making included, as
published by Impact CO2 (ADEME, 2024).

Who walks, rides a bicycle or takes a seat in a train that runs anyway counts for nothing.
"""

DIESEL_KG = 3.07  # CO2 a litre
#: Litres of road diesel a kilometre.
VAN, TRUCK, HEAVY = 0.160, 0.220, 0.270
CAR_KG = 0.192
PARCEL_KG, CARRIED_KG = 30, 460

#: Kilograms of CO2 equivalent a kilometre.
CO2_KG = {
    "on_foot": 0.0,
    "bicycle": 0.0,
    "online": 0.0,
    "sent_by_post": VAN * DIESEL_KG * PARCEL_KG / CARRIED_KG,
    "car": CAR_KG,
    "estate_car": CAR_KG,
    "van": VAN * DIESEL_KG,
    "large_van": VAN * DIESEL_KG,
    "truck": TRUCK * DIESEL_KG,
    "heavy_truck": HEAVY * DIESEL_KG,
}


def co2_kg(vehicle: str) -> float:
    """Kilograms a kilometre; those of a van for a vehicle that is not known."""
    return CO2_KG.get(vehicle, CO2_KG["van"])
