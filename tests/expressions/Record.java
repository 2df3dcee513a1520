// Lets JavaRosa (from the ODK Validate jar) evaluate expressions on small XForms. Started by record.py.
// In (stdin): {"now": ISO, "forms": [{"xml": "...", "cases": [{"expression": "...", "context": [["data", 0], ...]}]}]}
// Out (stdout): for each form a list of {"type": number|string|boolean|date|nodes|error, "value": ...}.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.condition.IFunctionHandler;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.model.utils.DateUtils;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xpath.XPathNodeset;
import org.javarosa.xpath.XPathParseTool;
import org.javarosa.xpath.expr.XPathFuncExpr;
import org.joda.time.DateTimeZone;

public class Record {
    static final ObjectMapper JSON = new ObjectMapper();

    public static void main(String[] arguments) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("GMT+07:00"));
        DateTimeZone.setDefault(DateTimeZone.forOffsetHours(7));
        Locale.setDefault(Locale.ROOT);
        new XFormsModule().registerModule(); // jr:choice-name needs it
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // JavaRosa prints as it works
        JsonNode work = JSON.readTree(System.in);
        Date now = Date.from(OffsetDateTime.parse(work.get("now").asText()).toInstant());
        ArrayNode results = JSON.createArrayNode();
        for (JsonNode form : work.get("forms")) {
            results.add(evaluateAll(form, now));
        }
        out.println(JSON.writeValueAsString(results));
    }

    static ArrayNode evaluateAll(JsonNode form, Date now) throws Exception {
        FormDef definition = new XFormParser(new StringReader(form.get("xml").asText())).parse();
        definition.initialize(true, new InstanceInitializationFactory());
        EvaluationContext base = definition.getEvaluationContext();
        base.addFunctionHandler(new Fixed("fixed-now", now));
        base.addFunctionHandler(new Fixed("fixed-today", DateUtils.roundDate(now)));
        ArrayNode results = JSON.createArrayNode();
        for (JsonNode one : form.get("cases")) {
            results.add(evaluate(definition, base, one));
        }
        return results;
    }

    static ObjectNode evaluate(FormDef definition, EvaluationContext base, JsonNode one) {
        TreeReference context = TreeReference.rootRef();
        for (JsonNode step : one.get("context")) {
            context.add(step.get(0).asText(), step.get(1).asInt());
        }
        try {
            EvaluationContext here = new EvaluationContext(base, context);
            Object value = XPathParseTool.parseXPath(one.get("expression").asText())
                .eval(definition.getMainInstance(), here);
            return described(value);
        } catch (Exception error) {
            ObjectNode result = JSON.createObjectNode().put("type", "error");
            System.err.println(one.get("expression").asText() + ": " + error);
            return result;
        }
    }

    static ObjectNode described(Object value) {
        ObjectNode result = JSON.createObjectNode();
        if (value instanceof XPathNodeset) {
            ArrayNode values = result.put("type", "nodes").putArray("value");
            for (Object item : ((XPathNodeset) value).toArgList()) {
                values.add(described(item).get("value"));
            }
        } else if (value instanceof Double) {
            double number = (Double) value;
            result.put("type", "number");
            if (Double.isNaN(number) || Double.isInfinite(number)) {
                result.put("value", XPathFuncExpr.toString(value));
            } else {
                result.put("value", number);
            }
        } else if (value instanceof Boolean) {
            result.put("type", "boolean").put("value", (Boolean) value);
        } else if (value instanceof Date) {
            result.put("type", "date").put("value", XPathFuncExpr.toString(value));
        } else {
            result.put("type", "string").put("value", (String) value);
        }
        return result;
    }

    /** The clock: record.py writes fixed-now() and fixed-today() for now() and today(). */
    static class Fixed implements IFunctionHandler {
        final String name;
        final Date value;

        Fixed(String name, Date value) {
            this.name = name;
            this.value = value;
        }

        public String getName() {
            return name;
        }

        public List<Class[]> getPrototypes() {
            return Collections.singletonList(new Class[0]);
        }

        public boolean rawArgs() {
            return false;
        }

        public boolean realTime() {
            return false;
        }

        public Object eval(Object[] arguments, EvaluationContext context) {
            return value;
        }
    }
}
