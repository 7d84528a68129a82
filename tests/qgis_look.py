"""Run by the Python that QGIS is installed for: open, say what is there, and draw it.

Usage: python3 qgis_look.py PROJECT PICTURE WIDTH HEIGHT [WEST SOUTH EAST NORTH]
"""

import json
import os
import sys
from collections import Counter

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["LC_ALL"] = "C.UTF-8"

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsExpression,
    QgsExpressionContext,
    QgsExpressionContextScope,
    QgsExpressionContextUtils,
    QgsLayerTreeModel,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QEventLoop, QSize


def about(project, layer, model):
    nodes = model.layerLegendNodes(project.layerTreeRoot().findLayer(layer.id()))
    return {
        "source": layer.dataProvider().dataSourceUri().rsplit("|layername=", 1)[-1],
        "name": layer.name(),
        "valid": layer.isValid(),
        "rows": layer.featureCount(),
        "renderer": layer.renderer().type(),
        "labels": layer.labelsEnabled(),
        "names": names(layer),
        "legend": [str(node.data(0)) for node in nodes],
        "title": layer.metadata().title(),
        "licences": layer.metadata().licenses(),
        "rights": layer.metadata().rights(),
        "attribution": layer.attribution(),
        "crs": layer.crs().authid(),
    }


def alone(layer):
    """The style that QGIS takes by itself when the layer is added to an empty map."""
    added = QgsVectorLayer(layer.source(), "alone", "ogr")
    return {
        "renderer": added.renderer().type() if added.renderer() else "",
        "labels": added.labelsEnabled(),
        "blending": int(added.blendMode()),
    }


def draw(project, picture, size, box):
    settings = QgsMapSettings()
    settings.setLayers(project.layerTreeRoot().layerOrder())
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    settings.setEllipsoid(project.ellipsoid())
    settings.setBackgroundColor(project.backgroundColor())
    settings.setOutputSize(QSize(*size))
    settings.setOutputDpi(96)
    settings.setExtent(box)
    settings.setFlag(QgsMapSettings.Antialiasing)
    context = project.createExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererSequentialJob(settings)
    loop = QEventLoop()
    job.finished.connect(loop.quit)
    job.start()
    loop.exec_()
    image = job.renderedImage()
    image.save(picture)
    return {"errors": [error.message for error in job.errors()], "colours": colours(image)}


def colours(image):
    """How many pixels have each colour that more than a few have."""
    found = Counter(
        image.pixel(x, y) & 0xFFFFFF for y in range(image.height()) for x in range(image.width())
    )
    return {f"#{one:06x}": count for one, count in found.most_common() if count > 3}


def names(layer):
    """The names that are written from close by."""
    if not layer.labelsEnabled() or not layer.labeling().settings().drawLabels:
        return []
    expression = QgsExpression(layer.labeling().settings().fieldName)
    context = QgsExpressionContext(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    scope = QgsExpressionContextScope()
    scope.setVariable("map_scale", 10_000)
    context.appendScope(scope)
    said = []
    for feature in layer.getFeatures():
        context.setFeature(feature)
        said.append(str(expression.evaluate(context)))
    return said


def main(path, picture, width, height, *degrees):
    app = QgsApplication([], False)
    app.initQgis()
    project = QgsProject.instance()
    opened = project.read(path)
    box = QgsRectangle(project.viewSettings().defaultViewExtent())
    if degrees:
        to_map = QgsCoordinateTransform(
            QgsCoordinateReferenceSystem("EPSG:4326"), project.crs(), project
        )
        box = to_map.transformBoundingBox(QgsRectangle(*map(float, degrees)))
    model = QgsLayerTreeModel(project.layerTreeRoot())
    layers = project.layerTreeRoot().layerOrder()
    said = {
        "opened": opened,
        "title": project.title(),
        "about": project.metadata().abstract(),
        "crs": project.crs().authid(),
        "ground": project.backgroundColor().name(),
        "credit": project.readEntry("CopyrightLabel", "/Label")[0],
        "layers": [{**about(project, one, model), "alone": alone(one)} for one in layers],
        **draw(project, picture, (int(width), int(height)), box),
    }
    sys.stdout.write(json.dumps(said, ensure_ascii=False))
    sys.stdout.flush()
    # Taking QGIS apart in the wrong order ends in a crash; everything is said by now.
    os._exit(0)


main(*sys.argv[1:])
