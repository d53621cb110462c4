<?xml version="1.0" encoding="utf-8"?>
<!-- Leaves in the XML documentation what the parameter lists: |Namespace.Type|Namespace.Type.Member|… as in PublicAPI.*.txt. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:output method="xml" encoding="utf-8" />
  <xsl:strip-space elements="members" />
  <xsl:param name="public" />

  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()" /></xsl:copy>
  </xsl:template>

  <xsl:template match="member">
    <xsl:variable name="symbol" select="substring-before(concat(substring-after(@name, ':'), '('), '(')" />
    <xsl:variable name="type" select="substring-before($symbol, '.#ctor')" />
    <!-- The name without the namespace, which is NeuralOde or NeuralOde.Plots. -->
    <xsl:variable name="name">
      <xsl:choose>
        <xsl:when test="starts-with($type, 'NeuralOde.Plots.')"><xsl:value-of select="substring-after($type, 'NeuralOde.Plots.')" /></xsl:when>
        <xsl:otherwise><xsl:value-of select="substring-after($type, '.')" /></xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <xsl:variable name="isConstructor" select="contains($symbol, '.#ctor') and contains($public, concat('|', $type, '.', $name, '|'))" />
    <xsl:variable name="isOperator" select="contains($symbol, '.op_') and contains($public, concat('|', substring-before($symbol, '.op_'), '.operator|'))" />
    <xsl:variable name="isIndexer" select="contains($symbol, '.Item') and contains($public, concat('|', substring-before($symbol, '.Item'), '.this|'))" />
    <xsl:variable name="isAccessor" select="contains($public, concat('|', $symbol, '.get|')) or contains($public, concat('|', $symbol, '.set|')) or contains($public, concat('|', $symbol, '.init|'))" />
    <xsl:if test="contains($public, concat('|', $symbol, '|')) or $isConstructor or $isOperator or $isIndexer or $isAccessor">
      <xsl:copy><xsl:apply-templates select="@*|node()" /></xsl:copy>
    </xsl:if>
  </xsl:template>
</xsl:stylesheet>
