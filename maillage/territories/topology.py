"""TopoJSON: names on the shapes, and a light copy without the communes."""

from typing import Any

Topology = dict[str, Any]
Names = dict[str, dict[str, str]]


def with_names(topology: Topology, names: Names) -> Topology:
    """Give every shape its code as ``id`` and its name.

    ``names`` has, for each layer, the name of each code; a layer's code is read from
    the property of the same name (``insee`` for communes, ``epci``, ``department``).
    """
    key = {"communes": "insee", "departments": "department"}
    for layer, known in names.items():
        for shape in topology["objects"][layer]["geometries"]:
            found = shape.get("properties") or {}
            code = found.get(key.get(layer, layer)) or next(iter(known))
            shape["id"] = code
            shape["properties"] = found | {"name": known[code]}
    return topology


def only_layers(topology: Topology, layers: list[str]) -> Topology:
    """Return a topology with some layers and only the arcs that these draw."""
    order: dict[int, int] = {}

    def renumber(arcs: Any) -> Any:
        if isinstance(arcs, list):
            return [renumber(part) for part in arcs]
        place = order.setdefault(arcs if arcs >= 0 else ~arcs, len(order))
        return place if arcs >= 0 else ~place

    objects = {}
    for layer in layers:
        shapes = topology["objects"][layer]["geometries"]
        objects[layer] = topology["objects"][layer] | {
            "geometries": [
                shape | ({"arcs": renumber(shape["arcs"])} if "arcs" in shape else {})
                for shape in shapes
            ]
        }
    arcs = [topology["arcs"][place] for place in order]
    return topology | {"objects": objects, "arcs": arcs}


def bounds(topology: Topology) -> tuple[float, float, float, float]:
    """Return west, south, east, north of all arcs, in degrees."""
    (scale_x, scale_y), (left, bottom) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )
    xs, ys = [], []
    for arc in topology["arcs"]:
        x = y = 0
        for dx, dy in arc:
            x, y = x + dx, y + dy
            xs.append(x)
            ys.append(y)
    return (
        min(xs) * scale_x + left,
        min(ys) * scale_y + bottom,
        max(xs) * scale_x + left,
        max(ys) * scale_y + bottom,
    )
